"""The officer's hold on a case: taken by one, opened and decided by nobody else."""

import uuid
from datetime import datetime

from chassis import audit
from chassis.audit.reasons import reason_stands
from chassis.authority import Principal, assign, release, require_role
from chassis.database import Session
from chassis.refusals import NotFound
from contracts.authority import Actor, StaffRole
from passport.domain.renewal import Status
from passport.models import Application
from passport.queries import any_application, assignee_of
from passport.refusals import CaseNotAssigned, CaseTaken
from passport.wiring import Passport

OFFICERS = (StaffRole.OFFICER,)


async def assigned(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID, *, lock: bool = True
) -> Application:
    """The case this officer has taken. Raises Forbidden without the role, NotFound, CaseTaken or CaseNotAssigned."""
    now = service.clock.now()
    await require_role(session, principal, OFFICERS, now)
    application = await any_application(session, application_id, lock=lock)
    if application is None:
        raise NotFound
    await _require_hold(session, principal, application_id, now)
    session.info["owner"] = application.person
    return application


async def opened(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID
) -> tuple[Application, bool]:
    """A case to read, and whether this officer has taken it; else a stated reason opens it. Raises what `assigned` does."""
    now = service.clock.now()
    if await reason_stands(session, principal, application_id, now):
        await require_role(session, principal, OFFICERS, now)
        if await assignee_of(session, application_id, now) != principal.subject:
            application = await any_application(session, application_id, lock=False)
            if application is None:
                raise NotFound
            session.info["owner"] = application.person
            return application, False
    return await assigned(service, session, principal, application_id, lock=False), True


async def take(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Take a case from the work list. Raises NotFound for what is not on it, CaseTaken when another was quicker."""
    await require_role(session, principal, OFFICERS, service.clock.now())
    # The row's lock makes two officers who press at once one after the other.
    application = await any_application(session, application_id)
    if application is None or application.status != Status.IN_REVIEW:
        raise NotFound  # a draft, or what was decided, is nobody's to open by its number
    if not await assign(session, principal, application_id, service.clock.now()):
        raise CaseTaken
    _write_down(service, session, principal, application, "take")
    return application


async def put_back(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Give a taken case back to the work list."""
    application = await assigned(service, session, principal, application_id)
    await release(session, application_id, service.clock.now())
    _write_down(service, session, principal, application, "release")
    return application


async def _require_hold(session: Session, principal: Principal, application_id: uuid.UUID, now: datetime) -> None:
    holder = await assignee_of(session, application_id, now)
    if holder is None:
        raise CaseNotAssigned
    if holder != principal.subject:
        raise CaseTaken


def _write_down(service: Passport, session: Session, principal: Principal, application: Application, verb: str) -> None:
    audit.act(
        session,
        service,
        principal,
        standing=Actor.OFFICER,
        person=application.person,
        action=f"application.{verb}",
        object_=application.reference,
    )
