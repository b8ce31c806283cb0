"""Notify's stage: messages in everybody's inbox, dead notices, contacts and preferences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chassis.clock import Clock
from chassis.identifiers import new_reference, uuid7
from matrix.cast import NOW
from matrix.stage import Rows, Thing
from notify.app import create_api
from notify.models import Contact, Notice, Preference, Telling
from notify.settings import NotifySettings
from notify.wiring import Notify
from notify.wiring import create_service as create

__all__ = ["ASSIGNEE", "GRANTS", "create_api", "create_service", "own_things", "owners_things"]
ASSIGNEE = "officer"
GRANTS = ("", ())
_SERIAL = iter(range(1_000_000, 9_999_999))


def create_service(url: str, clock: Clock, **more: Any) -> Notify:
    """The service without the text operator and the mail server."""
    return create(NotifySettings(environment="test", database_url=url, **more), clock)


def owners_things(service: Notify, rows: Rows, owners: tuple[str, ...]) -> Iterator[Thing]:
    """A message and a dead text of each owner, and what the first one muted."""
    for owner in owners:
        yield from _contact(rows, owner)
        yield from _told(rows, owner)
    rows.add(Preference(person=owners[0], muted={"delivery": ["sms"]}, changed_at=NOW))


def own_things(service: Notify, rows: Rows, number: str) -> list[Thing]:
    """A message of one's own."""
    return list(_told(rows, number))


def _contact(rows: Rows, person: str) -> Iterator[Thing]:
    mobile, email = f"+96655{next(_SERIAL)}", f"somebody{next(_SERIAL)}@example.com"
    rows.add(
        Contact(
            id=uuid7(),
            person=person,
            account_id=uuid7(),
            mobile=mobile,
            mobile_index=f"index-{mobile}",
            email=email,
            email_index=f"index-{email}",
            language="ar",
            known_from=NOW,
            known_until=None,
        )
    )
    yield Thing("contact", person, {"mobile": mobile}, (mobile, email))


def _told(rows: Rows, person: str) -> Iterator[Thing]:
    telling = Telling(
        event_id=uuid7(), event="support.ticket.closed.v1", person=person, applicant=None, channels=["inbox", "sms"],
        words={}, occurred_at=NOW, told_at=NOW,
    )  # fmt: skip
    rows.add(telling)
    for kind, channel, status in (("notice", "inbox", "delivered"), ("notice_dead", "sms", "dead")):
        serial, reference = next(_SERIAL), new_reference("NTC")
        words = {"ar": f"كلام-{serial}", "en": f"words-{serial}"}
        row = Notice(
            id=uuid7(), reference=reference, person=person, status=status, version=1, opened_at=NOW, moved_at=NOW,
            event_id=telling.event_id, about=person, standing="holder", kind="ticket", channel=channel, critical=True,
            title=words, texts=words, attempts=3 if status == "dead" else 0, error="absent-subscriber",
        )  # fmt: skip
        rows.add(row)
        names = {"notice_id": str(row.id), "reference": reference}
        yield Thing(kind, person, names, (str(row.id), reference, f"words-{serial}"))
