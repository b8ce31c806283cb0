"""How an action moves an application: by whom, written down as an act, with the rule versions it was decided by."""

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from contracts.authority import Actor
from passport.domain.facts import RenewalFacts
from passport.domain.renewal import Action
from passport.models import Application
from passport.wiring import Passport

SYSTEM = "passport"


def move_by_person(
    service: Passport,
    session: Session,
    principal: Principal,
    application: Application,
    action: Action,
    by: set[str],
    facts: RenewalFacts,
    reason: str | None = None,
) -> None:
    """Move on behalf of somebody, and write the act down. Raises what the lifecycle raises."""
    now = service.clock.now()
    application.move(session, action, by=by, actor=principal.subject, facts=facts, now=now, reason=reason)
    audit.act(
        session,
        service,
        principal,
        standing=min(by),
        person=application.person,
        action=f"application.{action}",
        object_=application.reference,
        reason=reason,
        rules=dict(facts.rules.used),
    )


def move_by_system(
    service: Passport,
    session: Session,
    application: Application,
    action: Action,
    facts: RenewalFacts,
    reason: str | None = None,
) -> None:
    """Move by the house itself: an answer came in, an event arrived, a deadline passed."""
    now = service.clock.now()
    application.move(session, action, by=Actor.SYSTEM, actor=SYSTEM, facts=facts, now=now, reason=reason)
