"""For tests of every service: real databases cloned from a migrated template, a real broker, a caller with a token."""
