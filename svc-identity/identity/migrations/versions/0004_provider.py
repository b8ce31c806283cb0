"""The provider, whole: how clients prove themselves, families of tokens, consents, devices that wait, spent assertions."""

from chassis.migrations.mechanism import protect, run_sql

revision = "0004_provider"
down_revision = "0003_proofs"


def upgrade() -> None:
    run_sql("identity", "provider_0004.sql")
    for table in ("token_families", "consents", "device_requests"):
        protect(table)
