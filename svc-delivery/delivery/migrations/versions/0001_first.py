"""The rows of delivery: shipments, custody, scans, door codes, hand-overs, contacts and the first offices."""

import tomllib
from importlib import resources

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations.mechanism import append_only, create_mechanism, protect, protect_through, run_sql

revision = "0001"
down_revision = None

_OFFICES = sa.table(
    "offices",
    *(sa.column(name) for name in ("code", "kind", "name_ar", "name_en", "city_ar", "city_en")),
    sa.column("hours", JSONB),
    sa.column("walk_in"),
)


def upgrade() -> None:
    create_mechanism()
    run_sql("delivery", "shipments_0001.sql")
    protect("shipments")
    protect("contacts")
    protect_through("custody", "shipments", "shipment_id")
    append_only("custody")
    for table in ("scans", "hand_overs"):
        _only_for(table, "system", "staff")
    _only_for("door_codes", "system")
    _make_offices()


def _only_for(table: str, *standings: str) -> None:
    """Rows that no person sees: the system's own, or its and the staff's."""
    names = ", ".join(f"'{standing}'" for standing in standings)
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy sight on {table} using (current_setting('app.standing', true) in ({names}))")


def _make_offices() -> None:
    folder = resources.files("delivery").joinpath("migrations")
    for office in tomllib.loads(folder.joinpath("offices_0001.toml").read_text(encoding="utf-8"))["office"]:
        row = {key: office[key] for key in ("code", "kind", "hours", "walk_in")}
        for part in ("name", "city"):
            row |= {f"{part}_{language}": text for language, text in office[part].items()}
        op.execute(_OFFICES.insert().values(row))
