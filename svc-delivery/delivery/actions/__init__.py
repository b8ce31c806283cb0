"""What people, carriers and clocks can do with an envelope: one verb, one file, one transaction."""
