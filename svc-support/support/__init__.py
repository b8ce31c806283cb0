"""Tickets about transactions that could not be completed, and their attachments."""
