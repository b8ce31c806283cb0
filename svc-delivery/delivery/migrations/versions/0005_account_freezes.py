"""A copy of which accounts are frozen, and until when."""

from alembic import op

from chassis.migrations.mechanism import protect

revision = "0005_account_freezes"
down_revision = "0004_grants_act_for_another"


def upgrade() -> None:
    op.execute(
        """
        create table account_freezes (
            person text not null,
            until timestamp with time zone not null,
            constraint pk_account_freezes primary key (person)
        )
        """
    )
    op.execute("comment on column account_freezes.until is 'an instant that has passed: not frozen any more'")
    protect("account_freezes")
