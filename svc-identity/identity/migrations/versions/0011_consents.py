"""Consents get a name to be taken back by; families keep the sign-in they rest on."""

from chassis.migrations.mechanism import run_sql

revision = "0011_consents"
down_revision = "0010_establishments"


def upgrade() -> None:
    run_sql("identity", "consents_0011.sql")
