"""The mechanism's tables, applications with what belongs to them, and booklets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations.mechanism import append_only, create_mechanism, protect

revision = "0001_first"
down_revision = None

_INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    create_mechanism()
    _applications()
    _photos()
    _pledge_acceptances()
    _booklets()


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False, comment="whose record this is"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("moved_at", _INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "applicant", sa.Text(), nullable=False, comment="who opened it: the holder, or the head of their household"
        ),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("validity_years", sa.SmallInteger(), nullable=False),
        sa.Column("family_name", sa.Text()),
        sa.Column("given_names", sa.Text()),
        sa.Column("name_accepted_at", _INSTANT),
        sa.Column("photo_digest", sa.Text()),
        sa.Column("short_address", sa.Text()),
        sa.Column("reviewed", JSONB(), comment="what was shown and confirmed"),
        sa.Column("reviewed_at", _INSTANT),
        sa.Column("payer", sa.Text()),
        sa.Column("fee_minor", sa.BigInteger()),
        sa.Column("fee_rule_from", sa.Date()),
        sa.Column("fee_state", sa.Text(), server_default="none", nullable=False),
        sa.Column("fee_attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("fee_reason", sa.Text()),
        sa.Column("fee_asked_at", _INSTANT),
        sa.Column("fee_reservation", sa.Uuid(), comment="the ledger's name of the present try to pay, for joining"),
        sa.Column("submitted_at", _INSTANT),
        sa.Column("promised_on", sa.Date()),
        sa.Column("reason", sa.Text(), comment="why it was last returned, refused or given up"),
        sa.Column("note", sa.Text(), comment="the officer's words to the applicant"),
        sa.Column("old_number", sa.Text()),
        sa.Column("old_office", sa.Text(), comment="where the collected old booklet lies"),
        sa.Column("print_attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("print_trouble", sa.Text()),
        sa.Column("booklet_number", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("reference", name="uq_applications_reference"),
        sa.CheckConstraint(
            "fee_state in ('none','asked','declined','reserved','consumed','released')",
            name="ck_applications_fee_state",
        ),
    )
    op.create_index(
        "uq_applications_open",
        "applications",
        ["person"],
        unique=True,
        postgresql_where=sa.text("status not in ('cancelled','completed','expired','refused')"),
    )
    op.create_index("ix_applications_person", "applications", ["person", "id"])
    op.create_index("ix_applications_status", "applications", ["status", "moved_at"])
    op.create_index("ix_applications_submitted_at", "applications", ["submitted_at"])
    op.create_index(
        "ix_applications_in_review", "applications", ["id"], postgresql_where=sa.text("status = 'in_review'")
    )
    protect("applications")


def _photos() -> None:
    op.create_table(
        "photos",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="base64 of a JPEG"),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("uploaded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("application_id", name="pk_photos"),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name="fk_photos_application_id"),
    )
    protect("photos")


def _pledge_acceptances() -> None:
    op.create_table(
        "pledge_acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("pledge", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("accepted_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pledge_acceptances"),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name="fk_pledge_acceptances_application_id"),
        sa.UniqueConstraint(
            "application_id", "pledge", "version", name="uq_pledge_acceptances_application_id_pledge_version"
        ),
    )
    protect("pledge_acceptances")
    append_only("pledge_acceptances")


def _booklets() -> None:
    op.create_table(
        "booklets",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Uuid()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date()),
        sa.Column("expires_on", sa.Date()),
        sa.Column("zone_first", sa.Text()),
        sa.Column("zone_second", sa.Text()),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="who made it known: printing, or the registry for older ones"
        ),
        sa.Column("known_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_booklets"),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name="fk_booklets_application_id"),
        sa.CheckConstraint(
            "status in ('issued','active','renewal_blocked','cancelled','lost_in_post')", name="ck_booklets_status"
        ),
    )
    op.create_index(
        "uq_booklets_active", "booklets", ["person"], unique=True, postgresql_where=sa.text("status = 'active'")
    )
    op.create_index("ix_booklets_person", "booklets", ["person"])
    op.create_index("ix_booklets_issued_on", "booklets", ["issued_on"])
    protect("booklets")
