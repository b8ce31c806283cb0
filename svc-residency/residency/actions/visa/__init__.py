"""What people and clocks can do with an exit and re-entry visa."""
