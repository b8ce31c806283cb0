"""Decide on a device that waits: let it in, or not. Trying codes out is limited by account and by address."""

from enum import StrEnum

from chassis import audit
from chassis.authority import Principal
from chassis.clock import machine_now
from chassis.database import Session
from identity.actions.hold import require_open
from identity.actions.limit import Limit, take
from identity.models import DeviceRequest
from identity.oauth.rows import Grantee
from identity.wiring import Identity

_HOUR = 3_600


class Decision(StrEnum):
    """What a person says to a device."""

    ALLOW = "allow"
    REFUSE = "refuse"


async def tried_too_often(service: Identity, session: Session, person: str, source: str) -> int:
    """Count a try; the seconds to wait when there were too many, else 0."""
    most = service.rules().table("identity.waiting_device.tries")
    limits = [
        Limit("device_account", person, [(_HOUR, most["account_hour"])]),
        Limit("device_address", source, [(_HOUR, most["address_hour"])]),
    ]
    return await take(service, session, limits, service.clock.now())


async def decide_device(
    service: Identity, session: Session, waiting: DeviceRequest, holder: Grantee, decision: Decision
) -> None:
    """Write the word down, once, with who gave it and in which session. Raises Frozen."""
    if decision is Decision.ALLOW:
        require_open(service, holder.account, "allow_device")
    waiting.account_id, waiting.person = holder.account.id, holder.account.person
    waiting.session_id = holder.session.id
    waiting.approved, waiting.decided_at = decision is Decision.ALLOW, machine_now()
    actor = Principal(holder.account.person, holder.account.kind, str(holder.session.id), waiting.client_id)
    audit.act(
        session,
        service,
        actor,
        standing="self",
        person=holder.account.person,
        action=f"{decision}_device",
        object_=str(waiting.id),
    )
    await session.flush()
