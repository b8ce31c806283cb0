"""Alembic's environment: the chassis' own."""

from chassis.migrations import run_environment

run_environment()
