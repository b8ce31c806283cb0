"""What members of staff looked at in all services, for as long as it counts. Nobody's to see: the system counts."""

from alembic import op

from chassis.migrations.mechanism import run_sql

revision = "0013_staff_looks"
down_revision = "0012_visitors"

SIGHT = "current_setting('app.standing', true) = 'system'"


def upgrade() -> None:
    run_sql("identity", "staff_looks_0013.sql")
    op.execute("alter table staff_looks enable row level security")
    op.execute("alter table staff_looks force row level security")
    op.execute(f"create policy sight on staff_looks using ({SIGHT}) with check ({SIGHT})")
