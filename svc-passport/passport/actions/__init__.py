"""What people, clocks and events can do with applications: one verb, one file, one transaction."""
