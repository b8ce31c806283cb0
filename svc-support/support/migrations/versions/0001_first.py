"""The mechanism's tables, tickets and what belongs to them."""

from alembic import op

from chassis.migrations.mechanism import append_only, create_mechanism, protect, protect_through, run_sql

revision = "0001_first"
down_revision = None


def upgrade() -> None:
    create_mechanism()
    run_sql("support", "tickets_0001.sql")
    protect("tickets")
    protect_through("messages", "tickets", "ticket_id")
    protect_through("attachments", "tickets", "ticket_id")
    protect("contacts")
    # Told of a case to two people: whose it is, and who asked for it.
    either = "app_sees(person) or app_sees(applicant)"
    op.execute("alter table blocked_acts enable row level security")
    op.execute("alter table blocked_acts force row level security")
    op.execute(f"create policy sight on blocked_acts using ({either}) with check ({either})")
    append_only("messages")
    append_only("attachments")
    run_sql("support", "closed_0001.sql")
