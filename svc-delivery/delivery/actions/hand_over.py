"""Hand packed envelopes over to the post on one manifest: the promise runs from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from chassis.identifiers import new_reference, uuid7
from chassis.refusals import Conflict
from chassis.timers import arm
from contracts.authority import Actor
from contracts.events import ShipmentHandedOver
from delivery.actions.custody import pass_on
from delivery.actions.pack import office_of
from delivery.actions.silence import PROMISE_MISSED, listen_for
from delivery.domain.deadlines import hours_after
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import WITH_CARRIER, Action, Status
from delivery.models import HandOver, Shipment
from delivery.queries import locked_by_envelopes
from delivery.wiring import Delivery


class ManifestNotFit(Conflict):
    """All or nothing was asked for, and some envelopes cannot be handed over."""

    slug = "manifest-not-fit"


@dataclass(frozen=True)
class Line:
    """What became of one envelope of a manifest."""

    envelope: str
    verdict: str
    promised_by: datetime | None = None


@dataclass(frozen=True)
class Manifest:
    """The manifest and its lines, in the order they were scanned."""

    reference: str | None
    office: str
    lines: list[Line]


async def hand_over(
    service: Delivery,
    session: Session,
    principal: Principal,
    envelopes: Sequence[str],
    *,
    whole: bool = False,
    office: str | None = None,
) -> Manifest:
    """Give the fit ones to the post and say of each other why not. With `whole`, one unfit refuses all."""
    here = await office_of(service, session, principal, office)
    found = await locked_by_envelopes(session, envelopes)
    verdicts = {envelope: _verdict(found.get(envelope), here) for envelope in envelopes}
    unfit = {envelope: verdict for envelope, verdict in verdicts.items() if verdict != "handed_over"}
    nothing_personal(session, [found[envelope] for envelope in unfit if envelope in found])
    if whole and unfit:
        raise ManifestNotFit(details={"envelopes": unfit})
    fit = [found[envelope] for envelope in verdicts if envelope not in unfit]
    manifest = await _open(service, session, principal, here) if fit else None
    for shipment in fit:
        assert manifest is not None
        await _give(service, session, principal, shipment, manifest)
    lines = [
        Line(envelope, verdict, found[envelope].promised_by if envelope in found else None)
        for envelope, verdict in verdicts.items()
    ]
    return Manifest(manifest.reference if manifest else None, here, lines)


def _verdict(shipment: Shipment | None, office: str) -> str:
    if shipment is None:
        return "unknown"
    if shipment.stands in WITH_CARRIER:
        return "already_handed_over"
    if shipment.stands is not Status.PACKED:
        return "not_packed"
    return "handed_over" if shipment.office == office else "packed_elsewhere"


async def _open(service: Delivery, session: Session, principal: Principal, office: str) -> HandOver:
    manifest = HandOver(
        id=uuid7(),
        reference=new_reference("MAN"),
        office=office,
        clerk=principal.subject,
        handed_over_at=service.clock.now(),
    )
    session.add(manifest)
    await session.flush()
    return manifest


async def _give(
    service: Delivery, session: Session, principal: Principal, shipment: Shipment, manifest: HandOver
) -> None:
    now = manifest.handed_over_at
    rules = service.rules()
    shipment.move(session, Action.HAND_OVER, by=Actor.CLERK, actor=principal.subject, facts=ShipmentFacts(now), now=now)
    promised_by = hours_after(now, rules.number("delivery.shipment.promise"))
    shipment.hand_over_id, shipment.handed_over_at, shipment.promised_by = manifest.id, now, promised_by
    await pass_on(
        session, shipment, "document", "office", "carrier", evidence=manifest.reference, at=now, office=manifest.office
    )
    await arm(session, PROMISE_MISSED, str(shipment.id), promised_by)
    await listen_for(service, session, shipment, now)
    event = ShipmentHandedOver(
        shipment_id=shipment.id,
        case_id=shipment.case_id,
        reference=shipment.case_reference,
        person=shipment.person,
        envelope=str(shipment.envelope),
        handed_over_at=now,
        promised_by=promised_by,
    )
    await record(session, event, now)
    audit.act(
        session,
        service,
        principal,
        standing=Actor.CLERK,
        person=shipment.person,
        action="shipment.hand_over",
        object_=str(shipment.id),
        rules=rules.used,
    )
