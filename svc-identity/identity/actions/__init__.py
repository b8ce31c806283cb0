"""What people, clerks and clocks can do with accounts: one verb, one file, in the transaction of their caller."""
