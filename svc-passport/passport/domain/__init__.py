"""What is decided about passports: pure rules over facts, no framework and no row."""
