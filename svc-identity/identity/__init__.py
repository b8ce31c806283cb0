"""People, accounts, activation, sign-in and the relations between people."""
