"""Alembic's door to the migrations of the simulators' database."""

from chassis.migrations import run_environment

run_environment()
