"""The citizens' and integrators' door: their messages and what they want to be told."""
