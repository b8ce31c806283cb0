"""The mechanism's tables, residences, exit and re-entry visas and iqama renewals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations.mechanism import create_mechanism, protect

revision = "0001_first"
down_revision = None

_INSTANT = sa.TIMESTAMP(timezone=True)
_FEE_STATES = "fee_state in ('asked','consumed','declined','none','released','reserved')"


def upgrade() -> None:
    create_mechanism()
    _residences()
    _visas()
    _renewals()


def _residences() -> None:
    op.create_table(
        "residences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("profession_ar", sa.Text()),
        sa.Column("profession_en", sa.Text()),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("registry_reference", sa.Text(), comment="the registry's own name of the answer"),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.Column("renewal_id", sa.Uuid(), comment="the renewal that made it valid so long"),
        sa.PrimaryKeyConstraint("id", name="pk_residences"),
        sa.UniqueConstraint("person", name="uq_residences_person"),
        sa.CheckConstraint("category in ('commercial','dependant','domestic')", name="ck_residences_category"),
    )
    op.create_index("ix_residences_valid_until", "residences", ["valid_until"])
    protect("residences")


def _case_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False, comment="whose record this is"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("moved_at", _INSTANT, nullable=False),
        sa.Column(
            "applicant", sa.Text(), nullable=False, comment="who opened it: the employer, or the head of household"
        ),
        sa.Column("fee_minor", sa.BigInteger()),
        sa.Column("fee_items", JSONB(), server_default="[]", nullable=False),
        sa.Column("service_code", sa.Text(), comment="under which the payment body knows this kind of fee"),
        sa.Column("fee_state", sa.Text(), server_default="none", nullable=False),
        sa.Column("fee_attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("fee_reservation", sa.Uuid(), comment="the ledger's name of the present try to pay"),
        sa.Column("fee_reason", sa.Text(), comment="the payment body's slug, while it refuses"),
        sa.Column("fee_asked_at", _INSTANT, comment="when waiting for this payment began"),
        sa.Column("reason", sa.Text(), comment="why it last went back or ended"),
    ]


def _visas() -> None:
    op.create_table(
        "exit_reentry_visas",
        *_case_columns(),
        sa.Column("trips", sa.Text(), nullable=False),
        sa.Column("stay_days", sa.Integer(), comment="counted from the day of travel"),
        sa.Column("return_by", sa.Date(), comment="given, or counted once the holder has travelled"),
        sa.Column("visa_number", sa.Text()),
        sa.Column("issued_at", _INSTANT),
        sa.Column("issued_on", sa.Date()),
        sa.Column("leave_by", sa.Date()),
        sa.Column("cancel_by", sa.Date()),
        sa.Column("travelled_on", sa.Date()),
        sa.Column("fine_minor", sa.BigInteger(), comment="earned by letting it lapse"),
        sa.PrimaryKeyConstraint("id", name="pk_exit_reentry_visas"),
        sa.UniqueConstraint("reference", name="uq_exit_reentry_visas_reference"),
        sa.UniqueConstraint("visa_number", name="uq_exit_reentry_visas_visa_number"),
        sa.CheckConstraint("trips in ('multiple','single')", name="ck_exit_reentry_visas_trips"),
        sa.CheckConstraint("stay_days is not null or return_by is not null", name="ck_exit_reentry_visas_stay"),
        sa.CheckConstraint(_FEE_STATES, name="ck_exit_reentry_visas_fee_state"),
        sa.CheckConstraint(
            "status not in ('cancelled','issued','lapsed','used') or (visa_number is not null and leave_by is not null)",
            name="ck_exit_reentry_visas_issued",
        ),
    )
    op.create_index(
        "uq_exit_reentry_visas_in_force",
        "exit_reentry_visas",
        ["person"],
        unique=True,
        postgresql_where=sa.text("status in ('issued','issuing','verifying')"),
    )
    op.create_index("ix_exit_reentry_visas_person", "exit_reentry_visas", ["person", "id"])
    op.create_index("ix_exit_reentry_visas_applicant", "exit_reentry_visas", ["applicant", "status"])
    op.create_index(
        "ix_exit_reentry_visas_waiting",
        "exit_reentry_visas",
        ["moved_at"],
        postgresql_where=sa.text("status in ('issuing','verifying')"),
    )
    op.create_index("ix_exit_reentry_visas_issued_at", "exit_reentry_visas", ["issued_at"])
    protect("exit_reentry_visas")


def _renewals() -> None:
    op.create_table(
        "iqama_renewals",
        *_case_columns(),
        sa.Column("period_months", sa.SmallInteger(), nullable=False),
        sa.Column(
            "missing",
            JSONB(),
            server_default="[]",
            nullable=False,
            comment="what stood in the way when it was last decided",
        ),
        sa.Column("decided_at", _INSTANT, comment="when all answers were last there"),
        sa.Column("late_fine_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("renewed_from", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_iqama_renewals"),
        sa.UniqueConstraint("reference", name="uq_iqama_renewals_reference"),
        sa.CheckConstraint(_FEE_STATES, name="ck_iqama_renewals_fee_state"),
        sa.CheckConstraint("status <> 'renewed' or valid_until is not null", name="ck_iqama_renewals_renewed"),
    )
    op.create_index(
        "uq_iqama_renewals_open",
        "iqama_renewals",
        ["person"],
        unique=True,
        postgresql_where=sa.text("status not in ('expired','renewed','withdrawn')"),
    )
    op.create_index("ix_iqama_renewals_person", "iqama_renewals", ["person", "id"])
    op.create_index("ix_iqama_renewals_applicant", "iqama_renewals", ["applicant", "status"])
    op.create_index(
        "ix_iqama_renewals_waiting",
        "iqama_renewals",
        ["moved_at"],
        postgresql_where=sa.text("status in ('draft','renewing','submitted')"),
    )
    op.create_index(
        "ix_iqama_renewals_blocked", "iqama_renewals", ["id"], postgresql_where=sa.text("status = 'blocked'")
    )
    protect("iqama_renewals")
