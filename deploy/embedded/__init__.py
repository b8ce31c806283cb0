"""The whole platform in one operating-system process, on a private PostgreSQL of its own: no Docker, no root, no broker."""
