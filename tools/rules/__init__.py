"""House rules a machine can keep, one module each, with the reason in its docstring. Run: python -m tools.rules."""
