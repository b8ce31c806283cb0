"""The audit's seals: rows are added without waiting for each other, sealed behind their writers, and verified by a command.

A row takes its place (`seq`) from one sequence. The sealer notes the newest place given, and which transactions are
writing to the audit's tables at that moment. Once none of those runs any more, everything up to the noted place is
there or never will be, and is sealed in order: count, and a digest over the rows and the seal before. Each seal's digest
goes to another service's database. A chain alone does not show that its end was cut; the head kept elsewhere does.
"""
