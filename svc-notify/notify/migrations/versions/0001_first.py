"""The first tables: tellings, contacts, notices and preferences."""

from chassis.migrations.mechanism import create_mechanism, protect, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_mechanism()
    run_sql("notify", "notices_0001.sql")
    for table in ("tellings", "contacts", "notices", "preferences"):
        protect(table)
