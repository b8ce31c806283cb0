"""Passports: issue, renewal, replacement and loss of booklets."""
