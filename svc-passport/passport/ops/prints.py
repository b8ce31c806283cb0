"""The operators' list of prints the printing house refused; each is ordered again with a reason. No name, no number."""

from collections.abc import Collection
from uuid import UUID

from starlette.responses import Response

from chassis.audit.guard import nothing_personal
from chassis.ops import Button, Cell, Desk, OpsKit, Row
from chassis.paging import CursorParam, page_of
from passport import figures
from passport.actions.reprint import reprint
from passport.models import Application
from passport.wiring import Passport

_COLUMNS = ("ops.reference", "ops.since", "ops.cause")


def add(kit: OpsKit, service: Passport, operators: Collection[str]) -> None:
    """Put the list into the ops door."""
    kit.tab("/prints", "ops.passport.prints", operators)

    @kit.router.get("/prints", name="ops_prints")
    async def show_prints(desk: Desk = kit.seeing(operators), cursor: CursorParam = None) -> Response:
        statement = figures.refused_prints()
        rows, following = await page_of(desk.session, statement, Application.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)
        return desk.list_page(
            desk.say("ops.passport.prints"),
            [desk.say(each) for each in _COLUMNS],
            [_row(desk, row) for row in rows],
            lead=desk.say("ops.passport.prints.lead"),
            following=following,
        )

    @kit.router.post("/prints/{application_id}/reprint", name="ops_reprint")
    async def order_again(application_id: UUID, desk: Desk = kit.acting(operators)) -> Response:
        await reprint(service, desk.session, desk.principal, application_id, desk.reason())
        return desk.back("/prints", "ops.done.passport.reprint")


def _row(desk: Desk, application: Application) -> Row:
    again = Button(
        desk.url(f"/prints/{application.id}/reprint"),
        desk.say("ops.passport.reprint"),
        fields=[desk.reason_field()],
        tone="plain",
    )
    cells = [
        Cell(application.reference, "code"),
        Cell(application.moved_at, "instant"),
        Cell(application.print_trouble, "code"),
    ]
    return Row(cells, buttons=[again])
