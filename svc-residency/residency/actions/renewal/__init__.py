"""What people and clocks can do with the renewal of an iqama."""
