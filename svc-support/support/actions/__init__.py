"""What people and clocks can do to a ticket: one verb, one file, one transaction."""
