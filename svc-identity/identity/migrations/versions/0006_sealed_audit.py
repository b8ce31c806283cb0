"""One order over the audit's rows, seals over them, alarms and canaries; and the copy people read of who saw their record."""

from chassis.migrations.mechanism import protect, run_sql, seal_audit

revision = "0006_sealed_audit"
down_revision = "0005_batches"


def upgrade() -> None:
    seal_audit()
    run_sql("identity", "record_access_0006.sql")
    protect("record_access")
