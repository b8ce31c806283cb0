"""Both names stand where a grant was acted by, and a grantee is told beside whoever granted."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations.mechanism import grants_act_for_another

revision = "0004_grants_act_for_another"
down_revision = "0003_sealed_audit"


def upgrade() -> None:
    grants_act_for_another()
    op.add_column(
        "tellings", sa.Column("grantee", sa.Text(), comment="whom it was granted to, where the event says so")
    )
