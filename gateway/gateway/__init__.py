"""The front door: one origin for everything outside; tokens, limits, routing, merged contract. No business, no database."""
