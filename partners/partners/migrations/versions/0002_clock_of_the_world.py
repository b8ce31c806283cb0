"""How far the sandbox clock was moved, so that a restart does not turn business time back."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table world add column ahead_s double precision not null default 0")
