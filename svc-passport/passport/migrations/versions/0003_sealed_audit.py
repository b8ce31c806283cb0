"""One order over the audit's rows, seals over them, heads of other chains, alarms and canaries."""

from chassis.migrations.mechanism import seal_audit

revision = "0003_sealed_audit"
down_revision = "0002_relations_get_a_scope"


def upgrade() -> None:
    seal_audit()
