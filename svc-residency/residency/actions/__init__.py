"""What people and clocks can do with visas and renewals: one verb, one file, one transaction."""
