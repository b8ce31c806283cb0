"""What identity decides, without a framework: the life of an account, what a password must be, how long to wait."""
