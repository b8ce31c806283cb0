"""Alembic's entry: the chassis runs the migrations."""

from chassis.migrations import run_environment

run_environment()
