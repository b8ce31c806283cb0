"""Runs identity's migrations the way every service's run."""

from chassis.migrations import run_environment

run_environment()
