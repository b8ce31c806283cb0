"""A grant opens what it is for and nothing else; both names stand where it was acted by."""

from chassis.migrations.mechanism import grants_act_for_another

revision = "0004_grants_act_for_another"
down_revision = "0003_sealed_audit"


def upgrade() -> None:
    grants_act_for_another()
