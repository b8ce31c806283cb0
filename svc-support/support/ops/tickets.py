"""The work list without anything personal, and a ticket once it is held: its thread, its files, its moves."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from starlette.responses import Response

from chassis.audit.guard import nothing_personal
from chassis.authority import assignees, find
from chassis.calendar import gregorian_text
from chassis.ops import Button, Cell, Desk, Field, OpsKit, Row, Step
from chassis.ops.records import Record, add_records
from chassis.paging import LIMIT_MAX, CursorParam, page_of
from chassis.refusals import NotFound
from contracts.authority import Actor
from support.actions.read_file import file_headers, read_file
from support.actions.work import give_up, opened, take, work
from support.domain.ticket import TICKET, Action, Status, TicketFacts
from support.models import Ticket
from support.queries import attachments_of, thread_of, work_list
from support.wiring import Support

DECIDING = {str(action): action for action in (Action.RETURN, Action.RESUME, Action.PROCESS, Action.REJECT)}
SILENT = frozenset({Action.RESUME})


def add(kit: OpsKit, service: Support, specialists: Collection[str]) -> None:
    """Put the desk into the ops door."""
    kit.tab("/work-list", "ops.work-list", specialists)
    add_records(kit, specialists, _by_reference)

    @kit.router.get("/work-list", name="ops_work_list")
    async def show_work_list(desk: Desk = kit.seeing(specialists), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, work_list(), Ticket.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)
        holders = await assignees(desk.session, [row.id for row in rows], service.clock.now())
        columns = (
            "ops.reference",
            "ops.state",
            "ops.support.about",
            "ops.since",
            "ops.support.promised",
            "ops.held-by",
        )
        return desk.list_page(
            desk.say("ops.work-list"),
            [desk.say(each) for each in columns],
            [_row(desk, service, row, holders.get(str(row.id))) for row in rows],
            following=following,
        )

    @kit.router.post("/tickets/{ticket_id}/take", name="ops_take_ticket")
    async def take_ticket(ticket_id: UUID, desk: Desk = kit.acting(specialists)) -> Response:
        await take(service, desk.session, desk.principal, ticket_id)
        return desk.back(f"/tickets/{ticket_id}", "ops.done.take")

    @kit.router.post("/tickets/{ticket_id}/release", name="ops_release_ticket")
    async def release_ticket(ticket_id: UUID, desk: Desk = kit.acting(specialists)) -> Response:
        await give_up(service, desk.session, desk.principal, ticket_id)
        return desk.back("/work-list", "ops.done.release")

    @kit.router.get("/tickets/{ticket_id}", name="ops_ticket")
    async def show_ticket(ticket_id: UUID, desk: Desk = kit.seeing(specialists)) -> Response:
        ticket, is_held = await opened(service, desk.session, desk.principal, ticket_id)
        return await _ticket_page(service, desk, ticket, is_held=is_held)

    @kit.router.get("/tickets/{ticket_id}/files/{attachment_id}", name="ops_ticket_file")
    async def show_file(ticket_id: UUID, attachment_id: UUID, desk: Desk = kit.seeing(specialists)) -> Response:
        attachment, content = await read_file(service, desk.session, desk.principal, ticket_id, attachment_id)
        return Response(content, media_type=attachment.media_type, headers=file_headers(attachment))

    @kit.router.post("/tickets/{ticket_id}/{verb}", name="ops_work_ticket")
    async def work_ticket(ticket_id: UUID, verb: str, desk: Desk = kit.acting(specialists)) -> Response:
        action = DECIDING.get(verb)
        if action is None:
            raise NotFound
        text = None if action in SILENT else desk.reason("text")
        ticket = await work(service, desk.session, desk.principal, ticket_id, action, text)
        stays = action is Action.RESUME
        return desk.back(f"/tickets/{ticket.id}" if stays else "/work-list", f"ops.done.support.{verb}")


def _row(desk: Desk, service: Support, ticket: Ticket, holder: str | None) -> Row:
    mine = holder == desk.principal.subject
    take_it = Button(desk.url(f"/tickets/{ticket.id}/take"), desk.say("ops.take"), tone="plain")
    late = ticket.promised_on < service.clock.today()
    return Row(
        [
            Cell(ticket.reference, "code"),
            Cell(service.texts.say(f"status.{ticket.status}", desk.language), "state"),
            Cell(desk.say(f"ops.support.category.{ticket.category}")),
            Cell(ticket.opened_at, "instant"),
            Cell(gregorian_text(ticket.promised_on, desk.language), "state", "bad" if late else ""),
            Cell(desk.say("ops.yours" if mine else "ops.anothers" if holder else "ops.free")),
        ],
        link=desk.url(f"/tickets/{ticket.id}") if mine else None,
        buttons=[] if holder else [take_it],
    )


async def _by_reference(desk: Desk, reference: str) -> Record:
    ticket = await find(desk.session, sa.select(Ticket).where(Ticket.reference == reference))
    return Record(ticket.person, ticket.id, ticket.reference, f"/tickets/{ticket.id}")


async def _ticket_page(service: Support, desk: Desk, ticket: Ticket, *, is_held: bool) -> Response:
    thread = await thread_of(desk.session, ticket.id, LIMIT_MAX)
    files = await attachments_of(desk.session, ticket.id)
    words = Field("text", desk.say("ops.support.words"), long=True)
    open_actions = (
        TICKET.open_actions(Status(ticket.status), Actor.OFFICER, TicketFacts(assigned_to_actor=True))
        if is_held
        else []
    )
    buttons = desk.buttons(
        open_actions,
        f"/tickets/{ticket.id}",
        labels="ops.support.",
        fields={str(each.action): [words] for each in open_actions if each.action not in SILENT},
        danger=[str(Action.REJECT)],
    )
    release = [Button(desk.url(f"/tickets/{ticket.id}/release"), desk.say("ops.release"), tone="plain")]
    return desk.case_page(
        ticket.reference,
        [
            (desk.say("ops.support.about"), Cell(desk.say(f"ops.support.category.{ticket.category}"))),
            (desk.say("ops.support.case"), Cell(ticket.case_reference, "code")),
            (desk.say("ops.support.missing"), Cell(", ".join(ticket.missing) or None, "code")),
            (desk.say("ops.support.promised"), Cell(gregorian_text(ticket.promised_on, desk.language))),
            (desk.say("ops.support.description"), Cell(ticket.description)),
        ],
        state=Cell(service.texts.say(f"status.{ticket.status}", desk.language), "state"),
        buttons=[*buttons, *(release if is_held else [])],
        links=[(f"{each.name} ({each.scan})", desk.url(f"/tickets/{ticket.id}/files/{each.id}")) for each in files],
        steps=[Step(each.written_at, desk.say(f"ops.support.author.{each.author}"), each.text) for each in thread],
    )
