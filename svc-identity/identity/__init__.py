"""Identity: people, accounts, sign-in, and who may stand in for whom."""
