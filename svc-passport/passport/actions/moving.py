"""How an action moves an application: by whom and for whom, written down as an act, with the rules it was decided by."""

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from chassis.grants import Acting, spend
from contracts.authority import Actor
from contracts.events_authorisation import PassportAuthorisationSpent
from passport.domain.facts import RenewalFacts
from passport.domain.renewal import Action
from passport.models import Application, AuthorisationUse
from passport.queries import acting_of
from passport.wiring import Passport

SYSTEM = "passport"


async def acting_on(service: Passport, session: Session, principal: Principal, application: Application) -> Acting:
    """As whom the principal acts on a case they may see; by a grant, its use is spent. Raises what `use_grant` raises."""
    acting = await acting_of(session, principal, application.person, application.kind, service.clock.now())
    await use_grant(service, session, principal, acting, application)
    return acting


async def use_grant(
    service: Passport, session: Session, principal: Principal, acting: Acting, application: Application
) -> None:
    """Spend a use of the grant on this case, once, and say so. Raises NotFound or GrantUsedUp."""
    if acting.grant is None:
        return
    now = service.clock.now()
    session.info["owner"] = acting.grant.grantor
    if await spend(session, AuthorisationUse, acting.grant, principal, application.reference, now):
        event = PassportAuthorisationSpent(
            authorisation_id=acting.grant.id, case_reference=application.reference, used_at=now
        )
        await record(session, event, now)


def as_staff(actor: Actor) -> Acting:
    """A member of staff acts by their role."""
    return Acting(frozenset({str(actor)}))


def move_by_person(
    service: Passport,
    session: Session,
    principal: Principal,
    application: Application,
    action: Action,
    acting: Acting,
    facts: RenewalFacts,
    reason: str | None = None,
) -> None:
    """Move on behalf of somebody, and write the act down. Raises what the lifecycle raises."""
    now = service.clock.now()
    application.move(
        session,
        action,
        by=set(acting.by),
        actor=principal.subject,
        facts=facts,
        now=now,
        reason=reason,
        on_behalf_of=acting.on_behalf_of,
    )
    audit.act(
        session,
        service,
        principal,
        standing=acting.standing,
        person=application.person,
        action=f"application.{action}",
        object_=application.reference,
        reason=reason,
        rules=dict(facts.rules.used),
        on_behalf_of=acting.on_behalf_of,
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
