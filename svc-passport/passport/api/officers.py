"""Staff's routes: the work list, take and release, decide, activate, order a refused print again."""

from uuid import UUID

from fastapi import status

from chassis.audit.guard import nothing_personal
from chassis.authority import assignees, require_role
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from passport.actions.activate import activate
from passport.actions.approve import approve
from passport.actions.refuse import refuse
from passport.actions.reprint import reprint
from passport.actions.return_case import return_case
from passport.actions.reviewing import OFFICERS, put_back, take
from passport.api import schemas, views
from passport.api.dependencies import APPLICATIONS, PassportDep, router
from passport.models import Application
from passport.queries import work_list

officers = router()


@officers.get(f"{APPLICATIONS}/work-list")
async def read_work_list(
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[schemas.WorkItemView]:
    """What waits for an officer, the oldest first, without personal data."""
    now = service.clock.now()
    await require_role(session, principal, OFFICERS, now)
    rows, following = await page_of(session, work_list(), Application.id, cursor=cursor, limit=limit, oldest_first=True)
    nothing_personal(session, rows)
    holders = await assignees(session, [row.id for row in rows], now)
    items = [views.work_item(row, holders.get(str(row.id)), principal.subject, now) for row in rows]
    return Page(items=items, next=following)


@officers.post(f"{APPLICATIONS}/{{application_id}}/take", dependencies=[OnceDep])
async def take_passport_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.WorkItemView:
    """Take a case; a second officer is refused."""
    application = await take(service, session, principal, application_id)
    return views.work_item(application, principal.subject, principal.subject, service.clock.now())


@officers.post(f"{APPLICATIONS}/{{application_id}}/release", dependencies=[OnceDep])
async def release_passport_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.WorkItemView:
    """Give a taken case back to the list."""
    application = await put_back(service, session, principal, application_id)
    return views.work_item(application, None, principal.subject, service.clock.now())


@officers.post(f"{APPLICATIONS}/{{application_id}}/approve", dependencies=[OnceDep])
async def approve_passport_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.WorkItemView:
    """Approve a taken case; its fee is consumed and it is printed."""
    application = await approve(service, session, principal, application_id)
    return views.work_item(application, None, principal.subject, service.clock.now())


@officers.post(f"{APPLICATIONS}/{{application_id}}/return", dependencies=[OnceDep])
async def return_passport_application(
    application_id: UUID,
    decision: schemas.ReturnDecision,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.WorkItemView:
    """Ask the applicant to mend something."""
    application = await return_case(service, session, principal, application_id, decision.reason, decision.note)
    return views.work_item(application, None, principal.subject, service.clock.now())


@officers.post(f"{APPLICATIONS}/{{application_id}}/refuse", dependencies=[OnceDep])
async def refuse_passport_application(
    application_id: UUID,
    decision: schemas.RefusalDecision,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.WorkItemView:
    """Refuse with a reason; a reserved fee goes back."""
    application = await refuse(service, session, principal, application_id, decision.reason, decision.note)
    return views.work_item(application, None, principal.subject, service.clock.now())


@officers.post(f"{APPLICATIONS}/{{application_id}}/reprint", dependencies=[OnceDep])
async def reprint_passport(
    application_id: UUID,
    order: schemas.ReprintOrder,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.WorkItemView:
    """Order a print again that the printing house refused."""
    application = await reprint(service, session, principal, application_id, order.reason)
    return views.work_item(application, None, principal.subject, service.clock.now())


@officers.post(f"{APPLICATIONS}/activations", status_code=status.HTTP_201_CREATED, dependencies=[OnceDep])
async def activate_passport(
    new: schemas.NewActivation, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.WorkItemView:
    """Match the old booklet to its case at an office; the new passport is active, the old one cancelled."""
    application = await activate(
        service, session, principal, reference=new.reference, old_booklet_number=new.old_booklet_number
    )
    return views.work_item(application, None, principal.subject, service.clock.now())
