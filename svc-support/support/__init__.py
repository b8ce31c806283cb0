"""Tawasul: tickets for what could not be completed, their attachments, tracking, and the catalogue of services."""
