"""The applicant's door."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Response, UploadFile

from chassis.authority import find
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from chassis.refusals import Invalid
from contracts.authority import Actor
from support.actions.answer import answer as answer_ticket
from support.actions.attach import Upload, attach
from support.actions.close import confirm as confirm_ticket
from support.actions.open import Request, open_ticket
from support.actions.read_file import file_headers, read_file
from support.actions.work import opened
from support.api import SupportDep, views
from support.api.schemas import AttachmentView, NewAnswer, NewConfirmation, NewTicket, TicketSummary, TicketView
from support.models import Ticket
from support.queries import ticket_of, tickets_of

router = APIRouter(prefix="/v1/tickets", tags=["tickets"], route_class=UnitRoute)


@router.post(
    "", status_code=201, dependencies=[OnceDep], summary="Open a ticket, from a blocked case where there is one"
)
async def open_new(new: NewTicket, service: SupportDep, session: SessionDep, principal: PrincipalDep) -> TicketView:
    longest = service.rules().number("support.ticket.longest_text")
    if len(new.description) > longest:
        raise Invalid("text-too-long", longest=longest)
    request = Request(new.service, new.category, new.description, new.language, new.case_id)
    ticket = await open_ticket(service, session, principal, request)
    return await views.whole(service, session, ticket, Actor.HOLDER)


@router.get("", summary="My tickets, newest first")
async def list_tickets(
    service: SupportDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[TicketSummary]:
    mine = tickets_of(principal, service.clock.now())
    rows, following = await page_of(session, mine, Ticket.id, cursor=cursor, limit=limit)
    return Page(items=[views.summary(service, row) for row in rows], next=following)


@router.get("/{ticket_id}", summary="One ticket with its thread; for its applicant or the specialist who holds it")
async def get_ticket(ticket_id: UUID, service: SupportDep, session: SessionDep, principal: PrincipalDep) -> TicketView:
    if principal.is_staff:
        ticket, is_held = await opened(service, session, principal, ticket_id)
        return await views.whole(service, session, ticket, Actor.OFFICER if is_held else None)
    ticket = await find(session, ticket_of(principal, ticket_id, service.clock.now()))
    return await views.whole(service, session, ticket, Actor.HOLDER)


@router.post("/{ticket_id}/answer", dependencies=[OnceDep], summary="Answer a ticket that was returned to me")
async def answer(
    ticket_id: UUID, new: NewAnswer, service: SupportDep, session: SessionDep, principal: PrincipalDep
) -> TicketView:
    ticket = await answer_ticket(service, session, principal, ticket_id, new.text)
    return await views.whole(service, session, ticket, Actor.HOLDER)


@router.post("/{ticket_id}/confirm", dependencies=[OnceDep], summary="Close a processed ticket, and say how it was")
async def confirm(
    ticket_id: UUID, new: NewConfirmation, service: SupportDep, session: SessionDep, principal: PrincipalDep
) -> TicketView:
    ticket = await confirm_ticket(service, session, principal, ticket_id, new.rating)
    return await views.whole(service, session, ticket, Actor.HOLDER)


@router.post(
    "/{ticket_id}/attachments",
    status_code=201,
    dependencies=[OnceDep],
    summary="Attach files: PDF, JPEG or PNG, under any name",
)
async def attach_files(
    ticket_id: UUID,
    files: Annotated[list[UploadFile], File(description="One or more files")],
    service: SupportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> list[AttachmentView]:
    uploads = [Upload(file.filename or "", await file.read()) for file in files]
    return [views.attachment(row) for row in await attach(service, session, principal, ticket_id, uploads)]


@router.get("/{ticket_id}/attachments/{attachment_id}", summary="A file's bytes, to be saved", response_class=Response)
async def get_attachment(
    ticket_id: UUID, attachment_id: UUID, service: SupportDep, session: SessionDep, principal: PrincipalDep
) -> Response:
    attachment, content = await read_file(service, session, principal, ticket_id, attachment_id)
    return Response(content, media_type=attachment.media_type, headers=file_headers(attachment))
