"""Alembic's door to the migrations of delivery's database."""

from chassis.migrations import run_environment

run_environment()
