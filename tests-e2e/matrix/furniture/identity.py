"""Identity's stage: accounts in every status, sessions, and a clerk's case in hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from matrix.cast import CAST, NOW
from matrix.stage import Rows, Thing

from chassis.clock import Clock, machine_now
from chassis.identifiers import new_reference, uuid7
from identity.app import create_api
from identity.models import Account, SignedIn
from identity.settings import IdentitySettings
from identity.wiring import Identity
from identity.wiring import create_service as create

__all__ = ["ASSIGNEE", "create_api", "create_service", "own_things", "owners_things"]
ASSIGNEE = "clerk"
_SERIAL = iter(range(1_000_000, 9_999_999))


def create_service(url: str, clock: Clock, **more: Any) -> Identity:
    """The service without the registry and the text operator; passwords as cheap as they may be."""
    cheap = {"argon2_memory_kib": 8, "argon2_passes": 1}
    return create(IdentitySettings(environment="test", database_url=url, **cheap, **more), clock)


def owners_things(service: Identity, rows: Rows, owners: tuple[str, ...]) -> Iterator[Thing]:
    """An active, a registered and a suspended account; every member of staff has one, too."""
    yield from _account(service, rows, owners[0], "account", "active")
    yield from _account(service, rows, owners[1], "account_registered", "registered")
    yield from _account(service, rows, owners[2], "account_suspended", "suspended")
    yield from _account(service, rows, owners[3], "account_other", "active")
    yield from _account(service, rows, owners[4], "account_waiting", "registered", assigned=False)
    for member in CAST:
        if member.number.startswith("S-"):
            list(_account(service, rows, member.number, "account", "active"))


def own_things(service: Identity, rows: Rows, number: str) -> list[Thing]:
    """An account and a session of one's own."""
    return list(_account(service, rows, number, "account", "active"))


def _account(
    service: Identity, rows: Rows, person: str, kind: str, status: str, *, assigned: bool = True
) -> Iterator[Thing]:
    serial, reference = next(_SERIAL), new_reference("ACC")
    mobile, email = f"+96655{serial}", f"somebody{serial}@example.com"
    row = Account(
        id=uuid7(), reference=reference, person=person, status=status, version=1, opened_at=NOW, moved_at=NOW,
        kind="staff" if person.startswith("S-") else "citizen", language="ar", name_ar=f"اسم {serial}",
        name_en=f"Name {serial}", mobile=mobile, mobile_index=service.cipher.index(mobile), email=email,
        password_hash=None, code_misses=0, totp_step=0,
    )  # fmt: skip
    rows.add(row)
    yield Thing(
        kind, person, {"account_id": str(row.id), "number": person, "mobile": mobile},
        (str(row.id), reference, f"Name {serial}", mobile, email), assigned=assigned,
    )  # fmt: skip
    now = machine_now()
    browser = SignedIn(
        id=uuid7(), account_id=row.id, person=person, token_digest=f"digest-{serial}", second="sms",
        device=f"Browser {serial}", signed_in_at=now, seen_at=now, idle_seconds=900,
        expires_at=now + timedelta(hours=8), ended_at=None, ended_by=None,
    )  # fmt: skip
    rows.add(browser)
    yield Thing("session", person, {"session_id": str(browser.id)}, (str(browser.id), f"Browser {serial}"))
