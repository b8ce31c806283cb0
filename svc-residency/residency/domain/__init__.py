"""What is decided about residence and visas: pure rules over facts, no framework and no row."""
