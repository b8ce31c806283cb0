"""The outside bodies: one typed client each, and simulators that speak the same wire."""
