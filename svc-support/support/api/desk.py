"""The specialists' door."""

from uuid import UUID

from fastapi import APIRouter

from chassis.audit.guard import nothing_personal
from chassis.authority import require_role
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from contracts.authority import Actor, StaffRole
from support.actions.work import give_up, take, work
from support.api import SupportDep, views
from support.api.schemas import NewDecision, TicketView, WorkItem
from support.domain.ticket import Action
from support.models import Ticket
from support.queries import work_list

router = APIRouter(prefix="/v1/tickets", tags=["desk"], route_class=UnitRoute)


@router.get("/work-list", summary="What waits for a specialist; nothing about people before a ticket is taken")
async def list_work(
    service: SupportDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[WorkItem]:
    await require_role(session, principal, [StaffRole.OFFICER, StaffRole.OPERATOR], service.clock.now())
    rows, following = await page_of(session, work_list(), Ticket.id, cursor=cursor, limit=limit)
    nothing_personal(session, rows)
    return Page(items=[views.work_item(row) for row in rows], next=following)


@router.post("/{ticket_id}/take", dependencies=[OnceDep], summary="Hold a ticket")
async def take_ticket(ticket_id: UUID, service: SupportDep, session: SessionDep, principal: PrincipalDep) -> TicketView:
    ticket = await take(service, session, principal, ticket_id)
    return await views.whole(service, session, ticket, Actor.OFFICER)


@router.post("/{ticket_id}/release", status_code=204, dependencies=[OnceDep], summary="Put a ticket back")
async def release_ticket(ticket_id: UUID, service: SupportDep, session: SessionDep, principal: PrincipalDep) -> None:
    await give_up(service, session, principal, ticket_id)


async def _worked(
    service: SupportDep,
    session: SessionDep,
    principal: PrincipalDep,
    ticket_id: UUID,
    action: Action,
    text: str | None = None,
) -> TicketView:
    ticket = await work(service, session, principal, ticket_id, action, text)
    return await views.whole(service, session, ticket, Actor.OFFICER)


@router.post("/{ticket_id}/return", dependencies=[OnceDep], summary="Ask the applicant for something")
async def return_ticket(
    ticket_id: UUID, new: NewDecision, service: SupportDep, session: SessionDep, principal: PrincipalDep
) -> TicketView:
    return await _worked(service, session, principal, ticket_id, Action.RETURN, new.text)


@router.post("/{ticket_id}/resume", dependencies=[OnceDep], summary="Go on with an answered ticket")
async def resume_ticket(
    ticket_id: UUID, service: SupportDep, session: SessionDep, principal: PrincipalDep
) -> TicketView:
    return await _worked(service, session, principal, ticket_id, Action.RESUME)


@router.post("/{ticket_id}/process", dependencies=[OnceDep], summary="Say how it was solved")
async def process_ticket(
    ticket_id: UUID, new: NewDecision, service: SupportDep, session: SessionDep, principal: PrincipalDep
) -> TicketView:
    return await _worked(service, session, principal, ticket_id, Action.PROCESS, new.text)


@router.post("/{ticket_id}/reject", dependencies=[OnceDep], summary="Close it with a reason")
async def reject_ticket(
    ticket_id: UUID, new: NewDecision, service: SupportDep, session: SessionDep, principal: PrincipalDep
) -> TicketView:
    return await _worked(service, session, principal, ticket_id, Action.REJECT, new.text)
