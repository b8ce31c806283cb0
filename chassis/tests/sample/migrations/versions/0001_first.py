"""The mechanism's tables and the papers."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations.mechanism import create_mechanism, protect

revision = "0001_first"
down_revision = None


def upgrade() -> None:
    create_mechanism()
    op.create_table(
        "papers",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("moved_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
        sa.UniqueConstraint("reference", name="uq_papers_reference"),
    )
    protect("papers")
    op.create_table(
        "effects",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("aggregate", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_effects"),
    )
