"""Batches of activations, and of every binding where it was made and with which batch."""

from chassis.migrations.mechanism import protect, run_sql

revision = "0005_batches"
down_revision = "0004_provider"


def upgrade() -> None:
    run_sql("identity", "batches_0005.sql")
    protect("activation_batches")
    protect("activation_rows", "handed_in_by")
