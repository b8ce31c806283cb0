"""Conformance of the OpenID provider: our own pack, calibrated on a certified provider and on a broken twin of it."""
