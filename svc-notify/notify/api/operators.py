"""The operators' door: figures of the channels, what could not be told, and sending it once more. No personal data."""

from uuid import UUID

from fastapi import APIRouter

from chassis.audit.guard import nothing_personal
from chassis.authority import require_role
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from contracts.authority import StaffRole
from notify import figures
from notify.actions.revive import revive
from notify.api.doors import NotifyDep
from notify.api.schemas import DeadNoticeView, FiguresView, NewRevival, dead_notice_view
from notify.models import Notice

router = APIRouter(prefix="/v1/notices", tags=["operators"], route_class=UnitRoute)


@router.get("/figures", summary="Sent, delivered, failed, muted: the last ten minutes by channel")
async def read_notice_figures(service: NotifyDep, session: SessionDep, principal: PrincipalDep) -> FiguresView:
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.OPERATOR], now)
    return FiguresView.model_validate({"channels": await figures.figures(session, now)})


@router.get("/dead", summary="Notices that could not be told, newest first")
async def list_dead_notices(
    service: NotifyDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[DeadNoticeView]:
    await require_role(session, principal, [StaffRole.OPERATOR], service.clock.now())
    rows, following = await page_of(session, figures.dead_notices(), Notice.id, cursor=cursor, limit=limit)
    nothing_personal(session, rows)
    return Page(items=[dead_notice_view(row) for row in rows], next=following)


@router.post("/{notice_id}/revive", summary="Send it once more", dependencies=[OnceDep])
async def revive_notice(
    service: NotifyDep, session: SessionDep, principal: PrincipalDep, notice_id: UUID, new: NewRevival
) -> DeadNoticeView:
    return dead_notice_view(await revive(service, session, principal, notice_id, new.reason))
