"""Role changes for two pairs of eyes, and whose passwords were made to wait."""

from chassis.migrations.mechanism import protect, run_sql

revision = "0009_role_changes"
down_revision = "0008_recovery"


def upgrade() -> None:
    run_sql("identity", "role_changes_0009.sql")
    for table in ("role_changes", "password_waits"):
        protect(table)
