"""What the registry tells by itself, and whether it was heard."""

from alembic import op

revision = "0003_notices"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        "create table notices (id bigint generated always as identity, person text not null, kind text not null,"
        " happened_at timestamptz not null, message_id text not null, tries integer not null, answer_code integer,"
        " told_at timestamptz, constraint pk_notices primary key (id),"
        " constraint uq_notices_message_id unique (message_id))"
    )
    op.execute("create index ix_notices_person on notices (person)")
    op.execute("create index ix_notices_untold on notices (id) where told_at is null")
