"""Electronic authorisations, seen by both sides."""

from alembic import op

from chassis.migrations.mechanism import grants_act_for_another, run_sql

revision = "0007_authorisations"
down_revision = "0006_sealed_audit"

SIGHT = "app_sees(person) or grantee = current_setting('app.subject', true)"


def upgrade() -> None:
    grants_act_for_another()
    run_sql("identity", "authorisations_0007.sql")
    op.execute("alter table authorisations enable row level security")
    op.execute("alter table authorisations force row level security")
    op.execute(f"create policy sight on authorisations using ({SIGHT}) with check ({SIGHT})")
