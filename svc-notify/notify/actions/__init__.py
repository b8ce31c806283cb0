"""What people, clocks and outside bodies can do to notices: one verb, one file, one transaction."""
