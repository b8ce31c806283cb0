"""Identity's stage: accounts in every status, sessions, and a clerk's case in hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chassis.clock import Clock, machine_now
from chassis.identifiers import new_reference, uuid7
from identity.app import create_api
from identity.models import (
    Account,
    ActivationBatch,
    ActivationRow,
    Authorisation,
    Challenge,
    Client,
    Consent,
    Establishment,
    Membership,
    MobileChange,
    RecordAccess,
    RoleChange,
    SignedIn,
)
from identity.settings import IdentitySettings
from identity.wiring import Identity
from identity.wiring import create_service as create
from matrix.cast import BY_NAME, CAST, NOW, OFFICE
from matrix.stage import Rows, Thing

__all__ = ["ASSIGNEE", "GRANTS", "create_api", "create_service", "own_things", "owners_things"]
ASSIGNEE = "clerk"
GRANTS = ("", ())
_SERIAL = iter(range(1_000_000, 9_999_999))
MORE_TIES: list[tuple[str, str, str, str]] = []
_ACCOUNTS: dict[str, uuid.UUID] = {}


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
    yield from _authorisations(rows, owners[0])
    yield from _batches(rows, owners[0])
    yield from _batches_of_programs(rows, owners[0])
    yield from _mobile_change(service, rows, owners[0])
    yield from _establishment(rows, owners[0], owners[3])
    yield _role_change(rows, owners[0])
    for member in CAST:
        if member.number.startswith("S-"):
            yield from _account(service, rows, member.number, "account", "active")


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
    _ACCOUNTS[person] = row.id
    yield Thing(
        kind, person, {"account_id": str(row.id), "number": person, "mobile": mobile, "reference": reference},
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
    seen = RecordAccess(
        id=uuid7(), person=person, service="passport", standing="officer", office=OFFICE, actor=None,
        object=f"LOOK{serial}", purpose="assigned-case", action=None, at=NOW,
    )  # fmt: skip
    rows.add(seen)
    yield Thing("record_access", person, {"access_id": str(seen.id)}, (str(seen.id), f"LOOK{serial}"))
    yield _consent(rows, person)


def _consent(rows: Rows, person: str) -> Thing:
    """Something a client of somebody else's was allowed."""
    client, name = f"outside-{next(_SERIAL)}", f"Outside {next(_SERIAL)}"
    rows.add(
        Client(
            id=client, name_ar="عيادة", name_en=name, channel="web", redirect_uris=[], after_sign_out_uris=[],
            scopes=["openid"], sector="outside.example", asks_consent=True,
        )
    )  # fmt: skip
    row = Consent(
        id=uuid7(), account_id=_ACCOUNTS[person], client_id=client, person=person, scope="openid", claims=[],
        given_at=NOW,
    )  # fmt: skip
    rows.add(row)
    return Thing("consent", person, {"consent_id": str(row.id)}, (str(row.id), client, name))


def _authorisations(rows: Rows, grantor: str) -> Iterator[Thing]:
    """One the grantee has to answer, one whose code is awaited, one the grantee asks for."""
    grantee = BY_NAME["grantee.active"].number
    for kind, status, service, asked_by in (
        ("authorisation", "issued", "passport_renewal", grantor),
        ("authorisation_draft", "draft", "iqama_renewal", grantor),
        ("authorisation_requested", "requested", "exit_reentry", grantee),
    ):
        reference = new_reference("AUT")
        row = Authorisation(
            id=uuid7(), reference=reference, person=grantor, status=status, version=1, opened_at=NOW, moved_at=NOW,
            grantee=grantee, asked_by=asked_by, service=service, starts_on=NOW.date(),
            ends_on=NOW.date() + timedelta(days=30), uses=0, confirmed_at=NOW if status == "issued" else None,
        )  # fmt: skip
        rows.add(row)
        names = {"authorisation_id": str(row.id), "reference": reference}
        yield Thing(kind, grantor, names, (str(row.id), reference))


def _batches(rows: Rows, mark: str) -> Iterator[Thing]:
    """One handed in by an operator of the cast, one by somebody who is not of it."""
    yield _batch(rows, mark, "batch", BY_NAME["operator.active"].number)
    yield _batch(rows, mark, "batch_of_another", "S-8000")


def _batches_of_programs(rows: Rows, mark: str) -> Iterator[Thing]:
    """Every program of the cast is a bank's, and one has handed batches in; so has a bank that is not of the cast."""
    for number in (*(each.number for each in CAST if each.kind == "integrator"), "client:another-bank"):
        rows.add(
            Client(
                id=number.removeprefix("client:"), name_ar="مصرف", name_en=number, channel="bank", redirect_uris=[],
                after_sign_out_uris=[], scopes=[],
            )
        )  # fmt: skip
    for by in (BY_NAME["integrator.activations"].number, "client:another-bank"):
        for kind in ("batch", "batch_of_another"):
            yield _batch(rows, mark, kind, by, opener=by, standing="client", channel="bank")


def _batch(
    rows: Rows, mark: str, kind: str, by: str, *, opener: str | None = None, standing: str = "operator",
    channel: str = "office",
) -> Thing:  # fmt: skip
    reference, mobile = new_reference("BAT"), f"+96655{next(_SERIAL)}"
    row = ActivationBatch(
        id=uuid7(), reference=reference, person=by, standing=standing, channel=channel, office=OFFICE, rows=1,
        opened_at=NOW,
    )  # fmt: skip
    rows.add(row)
    rows.add(
        ActivationRow(
            batch_id=row.id, line=1, handed_in_by=by, number=mark, mobile=mobile, language="ar", state="held", reasons=[]
        )
    )  # fmt: skip
    names = {"batch_id": str(row.id), "reference": reference}
    return Thing(kind, mark, names, (str(row.id), reference, mobile), opener=opener, assigned=False)


def _mobile_change(service: Identity, rows: Rows, person: str) -> Iterator[Thing]:
    """A change whose code is awaited: nobody else's guess may count."""
    mobile, now = f"+96655{next(_SERIAL)}", machine_now()
    change = MobileChange(
        id=uuid7(), account_id=_ACCOUNTS[person], person=person, mobile=mobile,
        mobile_index=service.cipher.index(mobile), before=None, session_id=uuid7(), opened_at=NOW,
        expires_at=NOW + timedelta(hours=1), checked_at=NOW,
    )  # fmt: skip
    rows.add(change)
    rows.add(
        Challenge(
            id=uuid7(),
            purpose="mobile_change",
            object=change.id,
            person=person,
            code_mac="0" * 64,
            guesses=0,
            guesses_allowed=5,
            sent_at=now,
            expires_at=now + timedelta(minutes=5),
        )
    )
    yield Thing("mobile_change", person, {"change_id": str(change.id)}, (str(change.id), mobile))


def _role_change(rows: Rows, owner: str) -> Thing:
    """Proposed by one administrator of the cast, for the others to decide; the owner stands for everybody it is none of."""
    row = RoleChange(
        id=uuid7(), reference=new_reference("ROL"), person=BY_NAME["clerk.active"].number, status="proposed", version=0,
        opened_at=NOW, moved_at=NOW, role="officer", office=OFFICE, direction="begin", reason="the night shift",
        proposed_by=BY_NAME["administrator.active"].number, expires_at=NOW + timedelta(days=3),
    )  # fmt: skip
    rows.add(row)
    names = {"role_change_id": str(row.id), "reference": row.reference}
    return Thing("role_change", owner, names, tuple(names.values()), assigned=False)


def _establishment(rows: Rows, person: str, other: str) -> Iterator[Thing]:
    """A firm with its owner, an invitation to the same person, and somebody else proposed."""
    number, name = f"7{next(_SERIAL)}00", f"FIRM {next(_SERIAL)}"
    MORE_TIES.append(("establishment_member", person, number, "owner"))
    rows.add(Establishment(number=number, name_ar="شركة", name_en=name, opened_at=NOW, opened_by="S-8000"))
    yield Thing("establishment", person, {"number": number, "newcomer": other}, (name,))
    for kind, member, status, role in (
        ("membership", person, "member", "owner"),
        ("membership_invited", person, "invited", "clerk"),
        ("membership_proposed", other, "proposed", "signatory"),
    ):
        reference = new_reference("MEM")
        row = Membership(
            id=uuid7(), reference=reference, person=member, status=status, version=1, opened_at=NOW, moved_at=NOW,
            establishment=number, role=role, branch=None, invited_by="S-8000", approved_by=None,
        )  # fmt: skip
        rows.add(row)
        yield Thing(kind, person, {"membership_id": str(row.id), "reference": reference}, (str(row.id), reference))
