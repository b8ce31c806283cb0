"""Authorised people act for others: what their grants open, and each use written down once."""

from alembic import op

from chassis.migrations.mechanism import append_only, grants_act_for_another, open_to_grants

revision = "0004_grants_act_for_another"
down_revision = "0003_sealed_audit"

VISAS, RENEWALS = ("exit_reentry",), ("iqama_renewal",)
SCOPES = VISAS + RENEWALS
SIGHT = "app_sees(person) or actor = current_setting('app.subject', true)"


def upgrade() -> None:
    grants_act_for_another()
    open_to_grants("exit_reentry_visas", VISAS)
    open_to_grants("iqama_renewals", RENEWALS)
    for table in ("residences", "acts", "looks"):
        open_to_grants(table, SCOPES)
    open_to_grants("facts", SCOPES, "subject", of_grantor=True)
    _uses()


def _uses() -> None:
    op.execute(
        """
        create table authorisation_uses (
            id uuid not null,
            authorisation_id uuid not null,
            object text not null,
            person text not null,
            actor text not null,
            used_at timestamp with time zone not null,
            constraint pk_authorisation_uses primary key (id),
            constraint uq_authorisation_uses_authorisation_id_object unique (authorisation_id, object)
        )
        """
    )
    op.execute(
        "comment on column authorisation_uses.object is 'the case it was used for: later acts on it are the same use'"
    )
    op.execute("comment on column authorisation_uses.person is 'the grantor: it is their record'")
    op.execute("alter table authorisation_uses enable row level security")
    op.execute("alter table authorisation_uses force row level security")
    op.execute(f"create policy sight on authorisation_uses using ({SIGHT}) with check ({SIGHT})")
    append_only("authorisation_uses")
