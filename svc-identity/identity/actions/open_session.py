"""Open a session: the end of every sign-in, whatever proved it. The device is known again, or is new and its owner told.

Whoever signs in again in a browser that is signed in as them goes on with that session: it gets a new cookie and the time
of this sign-in, and nobody is signed out anywhere.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Session
from chassis.events.outbox import record
from chassis.identifiers import uuid7
from contracts.events import DeviceAdded
from identity.actions.tally import tally
from identity.domain.account import Kind
from identity.domain.browsers import device_of, place_of
from identity.domain.proofs import Second
from identity.models import Account, Device, SignedIn
from identity.queries import live
from identity.wiring import Identity


@dataclass(frozen=True)
class Visit:
    """What a request tells of the browser it came from: three cookies, what it calls itself, its network address."""

    browser: str
    device: str
    user_agent: str
    source: str
    session: str = ""


@dataclass(frozen=True)
class Opened:
    """The cookies of a new session and of the device it was opened on."""

    token: str
    device: str


async def open_session(service: Identity, session: Session, account: Account, second: Second, visit: Visit) -> Opened:
    """Sign the account in. Its wrong codes are forgiven: whoever got here has proved who they are."""
    account.code_misses = 0
    device, device_token = await _seen_again(service, session, account, visit) or await _met(
        service, session, account, visit
    )
    token = secrets.token_urlsafe(32)
    await _begin(service, session, account, _of_sign_in(service, account, device, token, second, visit), visit)
    await session.flush()
    await tally(service, session, "sign_in.done")
    return Opened(token, device_token)


def session_digest(service: Identity, token: str) -> str:
    """How a session cookie is kept."""
    return service.cipher.index(f"session:{token}")


async def known_device(service: Identity, session: Session, person: str, token: str) -> UUID | None:
    """The device of a cookie, if this person has signed in with it before."""
    if not token:
        return None
    found: UUID | None = await session.scalar(
        sa.select(Device.id).where(Device.token_digest == device_digest(service, token), Device.person == person)
    )
    return found


def device_digest(service: Identity, token: str) -> str:
    """How a device cookie is kept."""
    return service.cipher.index(f"device:{token}")


async def _seen_again(service: Identity, session: Session, account: Account, visit: Visit) -> tuple[Device, str] | None:
    device = await session.scalar(
        sa.select(Device).where(
            Device.account_id == account.id, Device.token_digest == device_digest(service, visit.device)
        )
    )
    if device is None:
        return None
    device.seen_at = service.clock.now()
    return device, visit.device


async def _met(service: Identity, session: Session, account: Account, visit: Visit) -> tuple[Device, str]:
    """A new device. The cookie of a browser that others sign in with, too, stays as it is."""
    now, token = service.clock.now(), visit.device or secrets.token_urlsafe(32)
    trusted_after = timedelta(seconds=service.rules().number("identity.device.trusted_after"))
    is_first = await session.scalar(sa.select(Device.id).where(Device.account_id == account.id).limit(1)) is None
    device = Device(
        id=uuid7(),
        account_id=account.id,
        person=account.person,
        token_digest=device_digest(service, token),
        name=device_of(visit.user_agent),
        first_seen_at=now,
        # The device an account is first used with is as good as the activation at the counter.
        trusted_at=now if is_first else now + trusted_after,
        seen_at=now,
    )
    session.add(device)
    await session.flush()
    if not is_first and account.kind != Kind.STAFF:
        place = place_of(visit.source)
        event = DeviceAdded(device_id=device.id, person=account.person, device=device.name, place=place, at=now)
        await record(session, event, now)
    return device, token


async def _begin(service: Identity, session: Session, account: Account, told: dict[str, Any], visit: Visit) -> None:
    """A new session, or the one this browser has of the same account, begun anew."""
    held = sa.select(SignedIn).where(
        SignedIn.token_digest == session_digest(service, visit.session),
        SignedIn.account_id == account.id,
        live(machine_now()),
    )
    going_on = await session.scalar(held.with_for_update()) if visit.session else None
    if going_on is None:
        session.add(SignedIn(id=uuid7(), account_id=account.id, person=account.person, **told))
        return
    for name, value in told.items():
        setattr(going_on, name, value)


def _of_sign_in(
    service: Identity, account: Account, device: Device, token: str, second: Second, visit: Visit
) -> dict[str, Any]:
    """What a sign-in says of its session, in machine time: moving the sandbox's clock signs nobody out."""
    now, rules = machine_now(), service.rules()
    lifetime = rules.table("identity.session.staff" if account.kind == Kind.STAFF else "identity.session.citizen")
    return {
        "token_digest": session_digest(service, token),
        "second": second,
        "device": device_of(visit.user_agent),
        "place": place_of(visit.source),
        "device_id": device.id,
        "device_new_since": device.first_seen_at if device.trusted_at > service.clock.now() else None,
        "signed_in_at": now,
        "seen_at": now,
        "idle_seconds": lifetime["idle"],
        "expires_at": now + timedelta(seconds=lifetime["longest"]),
    }
