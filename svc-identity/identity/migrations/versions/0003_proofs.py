"""Passkeys, recovery codes and known devices; sessions say where they came from, codes which prefix they went to."""

from chassis.migrations.mechanism import protect, run_sql

revision = "0003_proofs"
down_revision = "0002_relations_get_a_scope"


def upgrade() -> None:
    run_sql("identity", "proofs_0003.sql")
    for table in ("devices", "passkeys", "recovery_codes"):
        protect(table)
