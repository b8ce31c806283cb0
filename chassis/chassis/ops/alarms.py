"""Alarms about looks, for supervisors: a list, each looked into with a remark; and the figure on the overview."""

from collections import Counter
from datetime import datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from starlette.responses import Response

from chassis import audit
from chassis.audit.rows import AlarmRow, LookRow
from chassis.clock import RIYADH
from chassis.database import Session
from chassis.ops.blocks import Button, Card, Cell, Row
from chassis.ops.desk import Desk
from chassis.paging import CursorParam, page_of
from chassis.refusals import Forbidden, NotFound
from contracts.authority import StaffRole

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit

PATH = "/alarms"
COUNTED = 100_000
SUPERVISORS = frozenset({str(StaffRole.ADMINISTRATOR)})
_COLUMNS = ("ops.since", "ops.alarm.kind", "ops.alarm.actor", "ops.alarm.office", "ops.about", "ops.reason")


def add_alarms(kit: "OpsKit") -> None:
    """Put the list into the ops door."""
    kit.tab(PATH, "ops.alarms", SUPERVISORS)

    @kit.router.get(PATH, name="ops_alarms")
    async def show_alarms(desk: Desk = kit.seeing(SUPERVISORS), cursor: CursorParam = None) -> Response:
        waiting = sa.select(AlarmRow).where(AlarmRow.seen_at.is_(None))
        rows, following = await page_of(desk.session, waiting, AlarmRow.id, cursor=cursor)
        return desk.list_page(
            desk.say("ops.alarms"),
            [desk.say(each) for each in _COLUMNS],
            [_row(desk, row) for row in rows],
            lead=desk.say("ops.alarms.lead"),
            following=following,
        )

    @kit.router.post(PATH + "/{alarm_id}/see", name="ops_see_alarm")
    async def see_alarm(alarm_id: UUID, desk: Desk = kit.acting(SUPERVISORS)) -> Response:
        await _see(desk, alarm_id, desk.reason())
        return desk.back(PATH, "ops.done.alarm")


async def _see(desk: Desk, alarm_id: UUID, remark: str) -> None:
    waiting = sa.select(AlarmRow).where(AlarmRow.id == alarm_id, AlarmRow.seen_at.is_(None)).with_for_update()
    alarm = await desk.session.scalar(waiting)
    if alarm is None:
        raise NotFound
    if alarm.actor == desk.principal.subject:
        raise Forbidden("record-is-own")
    service = desk.kit.service
    alarm.seen_at, alarm.seen_by, alarm.remark = service.clock.now(), desk.principal.subject, remark
    audit.act(
        desk.session,
        service,
        desk.principal,
        standing=desk.standing,
        person=audit.NOBODY,
        action=f"alarm.{alarm.kind}",
        object_=str(alarm.id),
        reason=remark,
    )


def _row(desk: Desk, alarm: AlarmRow) -> Row:
    see = Button(
        desk.url(f"{PATH}/{alarm.id}/see"), desk.say("ops.alarm.see"), fields=[desk.reason_field()], tone="plain"
    )
    cells = [
        Cell(alarm.at, "instant"),
        Cell(desk.say(f"ops.alarm.{alarm.kind}"), "state", "bad"),
        Cell(alarm.actor, "code"),
        Cell(alarm.office, "code"),
        Cell(alarm.object, "code"),
        Cell(alarm.reason),
    ]
    return Row(cells, buttons=[] if alarm.actor == desk.principal.subject else [see])


async def looks_today(kit: "OpsKit", session: Session) -> Card:
    """How many looks there were today, the alarms of today by kind, and whether any of all days waits."""
    service = kit.service
    morning = datetime.combine(service.clock.today(), time(), RIYADH)
    recent = sa.select(LookRow.id).where(LookRow.at >= morning).limit(COUNTED).subquery()
    looks = await session.scalar(sa.select(sa.func.count()).select_from(recent))
    kinds = Counter(list(await session.scalars(sa.select(AlarmRow.kind).where(AlarmRow.at >= morning).limit(COUNTED))))
    waits = await session.scalar(sa.select(AlarmRow.id).where(AlarmRow.seen_at.is_(None)).limit(1))
    note = f"{kinds['stated-reason']} · {kinds['limit']} · {kinds['canary']}"
    return Card("ops.card.looks-today", looks, note, is_bad=waits is not None)
