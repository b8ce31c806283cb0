"""The rows of the outside bodies: world, money, booklets, items, scans, texts, letters and movements."""

from chassis.migrations.mechanism import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql("partners", "outside_bodies_0001.sql")
