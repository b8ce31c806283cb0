"""Establishments and their members: seen by the member and by whoever is in the establishment."""

from alembic import op

from chassis.migrations.mechanism import run_sql

revision = "0010_establishments"
down_revision = "0009_role_changes"

SIGHT = "app_sees(person) or app_sees(establishment)"


def upgrade() -> None:
    run_sql("identity", "establishments_0010.sql")
    op.execute("alter table memberships enable row level security")
    op.execute("alter table memberships force row level security")
    op.execute(f"create policy sight on memberships using ({SIGHT}) with check ({SIGHT})")
