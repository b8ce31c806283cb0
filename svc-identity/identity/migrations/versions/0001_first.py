"""Accounts, codes, sessions, tokens, clients and limits, with the walls around them and the house's own clients."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations.mechanism import append_only, create_mechanism, protect, run_sql

revision = "0001"
down_revision = None

OWNED = ("accounts", "bindings", "registrations", "challenges", "sign_ins", "sessions", "authorisation_codes")
SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support")
SCOPES = ["openid", "profile", "email", "phone", "offline_access"]
PUBLIC_URL = "${PUBLIC_URL}"

CLIENTS = sa.table(
    "clients",
    sa.column("id"),
    sa.column("name_ar"),
    sa.column("name_en"),
    sa.column("channel"),
    sa.column("redirect_uris", JSONB),
    sa.column("after_sign_out_uris", JSONB),
    sa.column("scopes", JSONB),
    sa.column("any_loopback_port", sa.Boolean),
    sa.column("development_only", sa.Boolean),
)


def upgrade() -> None:
    create_mechanism()
    run_sql("identity", "accounts_0001.sql")
    for table in (*OWNED, "refresh_tokens", "links"):
        protect(table)
    append_only("bindings")
    _make_clients()


def _make_clients() -> None:
    """The programs of this house. Others are onboarded as rows of their own."""
    portal = [f"{PUBLIC_URL}/{language}/signed-in" for language in ("ar", "en")]
    ops = [f"{PUBLIC_URL}/ops/{service}/signed-in" for service in SERVICES]
    op.bulk_insert(
        CLIENTS,
        [
            _client("portal", "البوابة", "Portal", "portal", portal, [f"{PUBLIC_URL}{path}" for path in PORTAL_ENDS]),
            _client(
                "mobile",
                "التطبيق",
                "Mobile app",
                "app",
                ["org.jawaz.mobile:/signed-in"],
                ["org.jawaz.mobile:/signed-out"],
            ),
            _client("ops", "صفحات التشغيل", "Operations", "office", ops, [f"{PUBLIC_URL}/ops/{s}" for s in SERVICES]),
            _client(
                "demo",
                "العرض التجريبي",
                "Demonstration",
                "api",
                ["http://127.0.0.1/callback"],
                ["http://127.0.0.1/signed-out"],
                any_loopback_port=True,
                development_only=True,
            ),
        ],
    )


PORTAL_ENDS = ("/", "/ar", "/en", "/ar/signed-out", "/en/signed-out")


def _client(
    name: str, ar: str, en: str, channel: str, redirects: list[str], ends: list[str], **flags: bool
) -> dict[str, object]:
    row = {"any_loopback_port": False, "development_only": False, **flags}
    return row | {
        "id": name,
        "name_ar": ar,
        "name_en": en,
        "channel": channel,
        "redirect_uris": redirects,
        "after_sign_out_uris": ends,
        "scopes": SCOPES,
    }
