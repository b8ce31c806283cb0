"""Iqamas and visas: renewal, exit and re-entry, final exit, visits."""
