"""The operators' door: how many messages go out and arrive, what could not be told, and sending it once more."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from chassis.audit.guard import nothing_personal
from chassis.ops import Button, Cell, Desk, OpsKit, Row
from chassis.paging import CursorParam, page_of
from contracts.authority import StaffRole
from notify import figures
from notify.actions.revive import revive
from notify.models import Notice
from notify.ops.cards import cards
from notify.wiring import Notify

OPERATORS = (StaffRole.OPERATOR,)
STAFF = (StaffRole.ADMINISTRATOR,)
UNTOLD = "/untold"


def create_ops(service: Notify) -> APIRouter:
    """Everything under `/ops/notify`."""
    kit = OpsKit(service, operators=OPERATORS, staff=STAFF, cards=cards(service))
    kit.tab(UNTOLD, "ops.notify.untold", OPERATORS)

    @kit.router.get(UNTOLD, name="ops_untold")
    async def show_untold(desk: Desk = kit.seeing(OPERATORS), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, figures.dead_notices(), Notice.id, cursor=cursor)
        nothing_personal(desk.session, rows)
        heads = ("ops.reference", "ops.notify.kind", "ops.notify.channel", "ops.cause", "ops.attempts", "ops.since")
        return desk.list_page(
            desk.say("ops.notify.untold"),
            [desk.say(head) for head in heads],
            [_row(desk, row) for row in rows],
            lead=desk.say("ops.notify.untold.lead"),
            following=following,
        )

    @kit.router.post("/untold/{notice_id}/revive", name="ops_revive")
    async def revive_notice(notice_id: UUID, desk: Desk = kit.acting(OPERATORS)) -> Response:
        await revive(service, desk.session, desk.principal, notice_id, desk.reason())
        return desk.back(UNTOLD, "ops.done.notify.revive")

    return kit.mounted()


def _row(desk: Desk, notice: Notice) -> Row:
    """A notice without its words and its recipient."""
    return Row(
        [
            Cell(notice.reference, "code"),
            Cell(desk.say(f"kind.{notice.kind}")),
            Cell(desk.say(f"channel.{notice.channel}")),
            Cell(notice.error, "code"),
            Cell(notice.attempts, "number"),
            Cell(notice.moved_at, "instant"),
        ],
        buttons=[
            Button(
                desk.url(f"{UNTOLD}/{notice.id}/revive"),
                desk.say("action.revive"),
                fields=[desk.reason_field()],
            )
        ],
    )
