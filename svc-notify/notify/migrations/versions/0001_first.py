"""The first tables: tellings, contacts, notices, preferences, and the sweep's deadline."""

from alembic import op

from chassis.migrations.mechanism import create_mechanism, protect, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_mechanism()
    run_sql("notify", "notices_0001.sql")
    for table in ("tellings", "contacts", "notices", "preferences"):
        protect(table)
    # The sweep arms itself again whenever it fires; somebody has to begin.
    op.execute(
        "insert into timers (id, kind, subject, due_at) values (gen_random_uuid(), 'notice_sweep', 'notices', now())"
    )
