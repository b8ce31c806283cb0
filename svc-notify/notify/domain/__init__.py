"""What a notice is and who is to be told: pure, without a framework."""
