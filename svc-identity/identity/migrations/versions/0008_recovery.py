"""Ways back into an account, changes of a mobile with their freeze, and what the registry tells by itself."""

from chassis.migrations.mechanism import protect, run_sql

revision = "0008_recovery"
down_revision = "0007_authorisations"


def upgrade() -> None:
    run_sql("identity", "recovery_0008.sql")
    for table in ("recoveries", "mobile_changes", "registry_notices"):
        protect(table)
