"""Clients of others, unchanged, against svc-identity: every flow each of them knows, step by step."""
