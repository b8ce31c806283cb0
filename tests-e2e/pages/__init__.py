"""Every page in a real browser: looked at by axe, by rules of ours, and kept as pictures."""
