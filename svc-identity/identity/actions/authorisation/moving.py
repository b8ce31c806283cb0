"""How an authorisation is moved: by whom, written down as an act, and what the others hear of it."""

from typing import Any

from chassis import audit
from chassis.authority import Principal, find, open_relation
from chassis.clock import machine_now
from chassis.database import Session
from chassis.events.outbox import record
from chassis.models import RelationRow
from chassis.refusals import Forbidden
from chassis.timers import arm, disarm
from contracts.authority import Actor, Relation
from contracts.events import RelationChanged
from contracts.events_authorisation import AuthorisationEvent
from identity.actions.relate import end_relation
from identity.domain.authorisation import Action, AuthorisationFacts, begins_at, ends_at
from identity.models import Authorisation
from identity.queries_authorisations import mine
from identity.wiring import NAME, Identity

EXPIRES = "authorisation_expires"


class NotTransitive(Forbidden):
    """Who acts for another may not let a third act for them."""

    slug = "authorisation-not-transitive"


async def mine_locked(session: Session, principal: Principal, authorisation_id: Any) -> Authorisation:
    """The authorisation, if it is the principal's on either side. Raises NotFound."""
    found = await find(session, mine(principal).where(Authorisation.id == authorisation_id).with_for_update())
    session.info["owner"] = principal.subject  # a repeated request is answered to whoever made it, on either side
    return found


def side_of(authorisation: Authorisation, principal: Principal) -> str:
    """As whom the principal moves it."""
    return str(Actor.GRANTOR if authorisation.person == principal.subject else Actor.GRANTEE)


def move_by_person(
    service: Identity,
    session: Session,
    principal: Principal,
    authorisation: Authorisation,
    action: Action,
    facts: AuthorisationFacts,
) -> None:
    """Move on behalf of one side, and write the act down. Raises what the lifecycle raises."""
    side, now = side_of(authorisation, principal), service.clock.now()
    authorisation.move(session, action, by=side, actor=principal.subject, facts=facts, now=now)
    audit.act(
        session,
        service,
        principal,
        standing=side,
        person=authorisation.person,
        action=f"authorisation.{action}",
        object_=authorisation.reference,
        rules=dict(facts.rules.used),
    )


def move_by_system(
    service: Identity,
    session: Session,
    authorisation: Authorisation,
    action: Action,
    facts: AuthorisationFacts,
    reason: str | None = None,
) -> None:
    """Move by the house itself: a deadline passed, an account was stopped, a use was counted."""
    now = service.clock.now()
    authorisation.move(session, action, by=Actor.SYSTEM, actor=NAME, facts=facts, now=now, reason=reason)


async def tell(
    service: Identity, session: Session, event: type[AuthorisationEvent], authorisation: Authorisation, **more: Any
) -> None:
    """Say it to the house; notify tells both sides."""
    said = event(
        authorisation_id=authorisation.id,
        reference=authorisation.reference,
        person=authorisation.person,
        grantee=authorisation.grantee,
        service=authorisation.service,
        **more,
    )
    await record(session, said, service.clock.now())


async def begin_grant(service: Identity, session: Session, authorisation: Authorisation) -> None:
    """Open the grantee's relation, for the service and the days of the authorisation, and say so."""
    now, changed_at = service.clock.now(), machine_now()
    interval: dict[str, Any] = {
        "starts_at": max(now, begins_at(authorisation.starts_on)),
        "ends_at": ends_at(authorisation.ends_on),
        "scope": authorisation.service,
        "narrowed_to": authorisation.narrowed_to,
        "uses_allowed": authorisation.uses_allowed,
        "changed_at": changed_at,
    }
    subject, object_ = authorisation.grantee, authorisation.person
    await open_relation(
        session, Relation.GRANTEE, subject, object_, source=NAME, relation_id=authorisation.id, **interval
    )
    event = RelationChanged(
        relation_id=authorisation.id, relation=Relation.GRANTEE, subject=subject, object=object_, **interval
    )
    await record(session, event, now)


async def end_grant(service: Identity, session: Session, authorisation: Authorisation) -> None:
    """Close the grantee's relation now and say so, unless it was never opened or its days were over before."""
    row = await session.get(RelationRow, authorisation.id, with_for_update=True)
    if row is not None and (row.ends_at is None or row.ends_at > service.clock.now()):
        await end_relation(service, session, row)


async def expire_at(session: Session, authorisation: Authorisation, instant: Any) -> None:
    """Arm its one deadline; armed again, it moves."""
    await arm(session, EXPIRES, str(authorisation.id), instant)


async def stop_expiring(session: Session, authorisation: Authorisation) -> None:
    await disarm(session, EXPIRES, str(authorisation.id))
