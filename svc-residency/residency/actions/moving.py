"""How an action moves a case: by whom and for whom, written down as an act, with the rule versions it was decided by."""

from enum import StrEnum

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from chassis.grants import Acting, spend
from contracts.authority import Actor, AuthorisedService
from contracts.events_authorisation import ResidencyAuthorisationSpent
from residency.domain.exit_reentry_visa import EXIT_REENTRY_VISA
from residency.domain.facts import CaseFacts
from residency.domain.iqama_renewal import IQAMA_RENEWAL
from residency.models import AuthorisationUse
from residency.queries import PaidCase, acting_of
from residency.wiring import NAME, Residency

SERVICE_OF = {
    EXIT_REENTRY_VISA.name: AuthorisedService.EXIT_REENTRY,
    IQAMA_RENEWAL.name: AuthorisedService.IQAMA_RENEWAL,
}
"""What an electronic authorisation has to be for, by kind of case."""


async def acting_on(service: Residency, session: Session, principal: Principal, case: PaidCase) -> Acting:
    """As whom the principal acts on a case they may see; by a grant, its use is spent. Raises what `use_grant` raises."""
    code = SERVICE_OF[case.lifecycle.name]
    acting = await acting_of(session, principal, case.person, code, service.clock.now())
    await use_grant(service, session, principal, acting, case)
    return acting


async def use_grant(service: Residency, session: Session, principal: Principal, acting: Acting, case: PaidCase) -> None:
    """Spend a use of the grant on this case, once, and say so. Raises NotFound or GrantUsedUp."""
    if acting.grant is None:
        return
    now = service.clock.now()
    session.info["owner"] = acting.grant.grantor
    if await spend(session, AuthorisationUse, acting.grant, principal, case.reference, now):
        event = ResidencyAuthorisationSpent(
            authorisation_id=acting.grant.id, case_reference=case.reference, used_at=now
        )
        await record(session, event, now)


def move_by_person(
    service: Residency,
    session: Session,
    principal: Principal,
    case: PaidCase,
    action: StrEnum,
    acting: Acting,
    facts: CaseFacts,
) -> None:
    """Move on behalf of somebody, and write the act down. Raises what the lifecycle raises."""
    case.move(
        session,
        action,
        by=set(acting.by),
        actor=principal.subject,
        facts=facts,
        now=service.clock.now(),
        on_behalf_of=acting.on_behalf_of,
    )
    written(service, session, principal, case, str(action), acting, facts)


def written(
    service: Residency,
    session: Session,
    principal: Principal,
    case: PaidCase,
    verb: str,
    acting: Acting,
    facts: CaseFacts,
) -> None:
    """Write an act down that need not have moved the case."""
    audit.act(
        session,
        service,
        principal,
        standing=acting.standing,
        person=case.person,
        action=f"{case.lifecycle.name}.{verb}",
        object_=case.reference,
        rules=dict(facts.rules.used),
        on_behalf_of=acting.on_behalf_of,
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
