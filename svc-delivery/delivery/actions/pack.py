"""Pack a document into its envelope: the clerk scans both, and both must be the expected ones."""

from uuid import UUID

import structlog

from chassis import audit
from chassis.authority import Principal, find, require_role
from chassis.database import Session
from chassis.events.outbox import record
from chassis.lifecycle import RequirementsMissing
from chassis.refusals import Forbidden, Invalid
from contracts.authority import Actor, StaffRole
from contracts.events import ShipmentPacked
from delivery.actions.custody import pass_on
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import Shipment
from delivery.queries import any_locked
from delivery.wiring import Delivery

log = structlog.get_logger()


class NotYourOffice(Forbidden):
    """The role is held, but not at the office that was named."""

    slug = "not-your-office"


class OfficeNeeded(Invalid):
    """The clerk serves at several offices: which one is it now?"""

    slug = "office-needed"


async def office_of(service: Delivery, session: Session, principal: Principal, named: str | None) -> str:
    """The office a clerk acts for: the one named if they serve there, else their only one."""
    held = await require_role(session, principal, [StaffRole.CLERK], service.clock.now())
    offices = held[StaffRole.CLERK]
    if named is not None:
        if named not in offices:
            raise NotYourOffice
        return named
    if len(offices) > 1:
        raise OfficeNeeded(details={"offices": sorted(offices)})
    return next(iter(offices))


async def pack(
    service: Delivery,
    session: Session,
    principal: Principal,
    shipment_id: UUID,
    *,
    document_number: str,
    envelope: str,
    office: str | None = None,
) -> Shipment:
    """Bind document and envelope to each other. Raises RequirementsMissing naming whichever does not match."""
    now = service.clock.now()
    here = await office_of(service, session, principal, office)
    shipment = await find(session, any_locked(shipment_id))
    facts = ShipmentFacts(
        now,
        document_matches=document_number == shipment.document_number,
        envelope_matches=envelope == shipment.envelope,
    )
    try:
        shipment.move(session, Action.PACK, by=Actor.CLERK, actor=principal.subject, facts=facts, now=now)
    except RequirementsMissing as missing:
        log.warning("shipment.pack_refused", shipment_id=str(shipment_id), missing=missing.details["missing"])
        raise
    shipment.packed_at, shipment.office = now, here
    await pass_on(session, shipment, "document", "printer", "office", evidence="packed", at=now, office=here)
    await record(
        session,
        ShipmentPacked(
            shipment_id=shipment.id,
            case_id=shipment.case_id,
            reference=shipment.case_reference,
            person=shipment.person,
            envelope=envelope,
        ),
        now,
    )
    audit.act(
        session,
        service,
        principal,
        standing=Actor.CLERK,
        person=shipment.person,
        action="shipment.pack",
        object_=str(shipment.id),
    )
    return shipment
