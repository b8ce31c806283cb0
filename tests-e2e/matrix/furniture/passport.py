"""Passport's stage: applications at every point where a route may touch them, photos, pledges, booklets."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from chassis.clock import Clock
from chassis.identifiers import new_reference, uuid7
from matrix.cast import NOW
from matrix.stage import Rows, Thing
from passport.app import create_api
from passport.models import Application, Booklet, Photo, PledgeAcceptance
from passport.settings import PassportSettings
from passport.wiring import Passport
from passport.wiring import create_service as create

__all__ = ["ASSIGNEE", "GRANTS", "create_api", "create_service", "own_things", "owners_things"]
ASSIGNEE = "officer"
GRANTS = ("@owner", ("passport_renewal",))
_SERIAL = iter(range(1_000_000, 9_999_999))


def create_service(url: str, clock: Clock, **more: Any) -> Passport:
    """The service without anybody outside: nothing in the matrix waits for a body."""
    return create(PassportSettings(environment="test", database_url=url, **more), clock)


def owners_things(service: Passport, rows: Rows, owners: tuple[str, ...]) -> Iterator[Thing]:
    """One application a status that matters; a person has one open at a time, so each has an owner of its own."""
    first, second, third, fourth, fifth = owners
    yield from _application(rows, first, "application", "draft")
    yield from _application(rows, second, "application_in_review", "in_review", fee_state="reserved")
    yield from _application(rows, third, "application_printing", "printing", print_trouble="zone-not-valid")
    yield from _application(rows, fourth, "application_delivered", "awaiting_activation", fee_state="consumed")
    yield from _application(rows, fourth, "application_ended", "completed")
    yield from _application(rows, fifth, "application_waiting", "in_review", assigned=False, fee_state="reserved")


def own_things(service: Passport, rows: Rows, number: str) -> list[Thing]:
    """A draft of one's own."""
    return list(_application(rows, number, "application", "draft"))


def _application(
    rows: Rows, person: str, kind: str, status: str, *, assigned: bool = True, **more: Any
) -> Iterator[Thing]:
    serial = next(_SERIAL)
    reference = new_reference("JWZ")
    old, new = f"B{serial}0", f"C{serial}0"
    row = Application(
        id=uuid7(), reference=reference, person=person, applicant=person, kind="renewal", status=status, version=1,
        opened_at=NOW, moved_at=NOW, language="ar", validity_years=5, family_name=f"FAMILY{serial}",
        given_names=f"GIVEN{serial}", name_accepted_at=NOW, photo_digest="0" * 64, short_address="RAAA2919",
        reviewed=None, reviewed_at=None, payer=person, fee_minor=30_000,
        fee_rule_from=date(2020, 1, 1), note=f"note-of-{serial}", reason=None, old_number=old, booklet_number=new,
        submitted_at=NOW, promised_on=NOW.date(), **more,
    )  # fmt: skip
    rows.add(row)
    portrait = f"portrait-{serial}"
    rows.add(
        Photo(
            application_id=row.id,
            person=person,
            content=base64.b64encode(portrait.encode()).decode(),
            digest="0" * 64,
            uploaded_at=NOW,
        )
    )
    rows.add(
        PledgeAcceptance(
            id=uuid7(),
            application_id=row.id,
            person=person,
            pledge="data_is_true",
            version=1,
            language="ar",
            text=f"pledge-{serial}",
            accepted_by=person,
            accepted_at=NOW,
        )
    )
    for number, booklet_status in ((old, "renewal_blocked"), (new, "issued")):
        rows.add(
            Booklet(
                number=number,
                person=person,
                application_id=row.id,
                status=booklet_status,
                issued_on=date(2020, 1, 1),
                expires_on=NOW.date() + timedelta(days=90),
                zone_first=f"P<SAU{serial}",
                zone_second=f"{number}SAU",
                source="printing",
                known_at=NOW,
                changed_at=NOW,
            )
        )
    words = (f"FAMILY{serial}", f"GIVEN{serial}", f"note-of-{serial}", portrait, f"pledge-{serial}", old, new)
    names = {"application_id": str(row.id), "reference": reference, "old_number": old, "pledge": "data_is_true"}
    yield Thing(kind, person, names, (str(row.id), reference, *words), assigned=assigned)
    yield from (Thing("booklet", person, {"number": number}, (number,)) for number in (old, new))
