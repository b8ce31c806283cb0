"""Claim that an envelope never came: the post is asked to search, by its holder or after days of silence."""

from datetime import datetime
from uuid import UUID

from chassis import audit
from chassis.authority import Principal, find, standings
from chassis.database import Session
from chassis.events.outbox import record
from chassis.freezes import frozen_until
from chassis.intents import intend
from chassis.timers import arm
from contracts.authority import ACTOR_OF_RELATION, Actor, Relation
from contracts.events import ShipmentClaimed
from delivery.actions.silence import listen_for
from delivery.domain.deadlines import end_of_working_day, hours_after
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import ON_THE_WAY, Action
from delivery.models import AccountFreeze, Shipment
from delivery.queries import one_of
from delivery.wiring import Delivery

INVESTIGATE = "post.investigate"
SEARCH_EXPIRES = "search_expires"


async def claim(service: Delivery, session: Session, principal: Principal, shipment_id: UUID) -> Shipment:
    """The holder, or the head of their household, says it never came. Rule delivery.freeze.acts. Raises NotFound, RequirementsMissing."""
    now = service.clock.now()
    shipment = await find(session, one_of(principal, shipment_id, now).with_for_update())
    actors = await actors_of(session, principal, shipment, now)
    frozen = await frozen_until(session, AccountFreeze, principal, now)
    made = shipment.move(
        session, Action.CLAIM, by=actors, actor=principal.subject, facts=facts_of(service, shipment, frozen), now=now
    )
    await _search(service, session, shipment, now)
    audit.act(
        session,
        service,
        principal,
        standing=min(made.by & actors),
        person=shipment.person,
        action="shipment.claim",
        object_=str(shipment.id),
    )
    return shipment


async def claim_by_silence(service: Delivery, session: Session, shipment: Shipment) -> None:
    """No scan for days: the search begins without waiting for anybody to ask."""
    if shipment.stands not in ON_THE_WAY:
        return
    now = service.clock.now()
    shipment.move(
        session, Action.CLAIM, by=Actor.SYSTEM, actor="system", facts=ShipmentFacts(now), now=now, reason="silence"
    )
    await _search(service, session, shipment, now)


async def actors_of(session: Session, principal: Principal, shipment: Shipment, now: datetime) -> set[str]:
    """What the lifecycle calls this person with regard to this shipment."""
    held = await standings(session, principal, shipment.person, now)
    named = {str(ACTOR_OF_RELATION[Relation(each)]) for each in held if each in ACTOR_OF_RELATION}
    return named | ({str(Actor.HOLDER)} if "self" in held else set())


def facts_of(service: Delivery, shipment: Shipment, frozen: datetime | None = None) -> ShipmentFacts:
    """What a holder's own moves look at before anything is named; `frozen` until then, perhaps, is who acts."""
    opens = None
    if shipment.handed_over_at is not None:
        opens = hours_after(shipment.handed_over_at, service.rules().number("delivery.loss.claim_after"))
    return ShipmentFacts(
        service.clock.now(),
        service.rules(),
        frozen,
        claim_open_from=opens,
        order_was_refused=shipment.order_refused is not None,
        address_is_registered=True,  # none is named yet: asked when one is
    )


async def _search(service: Delivery, session: Session, shipment: Shipment, now: datetime) -> None:
    days = service.rules().number("delivery.loss.search_working_days")
    over_at = end_of_working_day(now, days, service.holidays())
    body = {"shipment": str(shipment.id), "envelope": shipment.envelope}
    # The version is of this very claim: an envelope found and missed again is searched for again.
    reference = f"{shipment.id}:search:{shipment.version}"
    await intend(session, service, INVESTIGATE, body, reference=reference, expires_at=over_at)
    await arm(session, SEARCH_EXPIRES, str(shipment.id), over_at)
    await listen_for(service, session, shipment, now)
    event = ShipmentClaimed(
        shipment_id=shipment.id, case_id=shipment.case_id, reference=shipment.case_reference, person=shipment.person
    )
    await record(session, event, now)
