"""Bugs planted into a product process from outside, to prove that the suite sees them. One module a bug."""
