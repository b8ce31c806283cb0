"""What people and clocks do with an electronic authorisation: one verb, one file."""
