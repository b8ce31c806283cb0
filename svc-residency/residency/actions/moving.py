"""How an action moves a case: by whom, written down as an act, with the rule versions it was decided by."""

from enum import StrEnum

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from contracts.authority import Actor
from residency.domain.facts import CaseFacts
from residency.queries import PaidCase
from residency.wiring import NAME, Residency


def move_by_person(
    service: Residency,
    session: Session,
    principal: Principal,
    case: PaidCase,
    action: StrEnum,
    by: set[str],
    facts: CaseFacts,
) -> None:
    """Move on behalf of somebody, and write the act down. Raises what the lifecycle raises."""
    case.move(session, action, by=by, actor=principal.subject, facts=facts, now=service.clock.now())
    written(service, session, principal, case, str(action), by, facts)


def written(
    service: Residency,
    session: Session,
    principal: Principal,
    case: PaidCase,
    verb: str,
    by: set[str],
    facts: CaseFacts,
) -> None:
    """Write an act down that need not have moved the case."""
    audit.act(
        session,
        service,
        principal,
        standing=min(by),
        person=case.person,
        action=f"{case.lifecycle.name}.{verb}",
        object_=case.reference,
        rules=dict(facts.rules.used),
    )


def move_by_system(
    service: Residency,
    session: Session,
    case: PaidCase,
    action: StrEnum,
    facts: CaseFacts,
    reason: str | None = None,
) -> None:
    """Move by the house itself: an answer came in, or a deadline passed."""
    case.move(session, action, by=Actor.SYSTEM, actor=NAME, facts=facts, now=service.clock.now(), reason=reason)
