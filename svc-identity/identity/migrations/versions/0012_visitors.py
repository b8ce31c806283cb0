"""Visitors are named by their passports; an e-mail address is proved before anything is sent there."""

from chassis.migrations.mechanism import protect, run_sql

revision = "0012_visitors"
down_revision = "0011_consents"


def upgrade() -> None:
    run_sql("identity", "visitors_0012.sql")
    protect("email_changes")
