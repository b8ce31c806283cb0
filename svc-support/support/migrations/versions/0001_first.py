"""The mechanism's tables, tickets and what belongs to them."""

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
    append_only("messages")
