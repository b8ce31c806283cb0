"""A person's own messages: the list, one of them, and marking it read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from notify import queries
from notify.actions.read import message, messages, read
from notify.api.doors import NotifyDep
from notify.api.schemas import NoticeView, notice_view
from notify.models import Notice

router = APIRouter(prefix="/v1/notices", tags=["notices"], route_class=UnitRoute)


@router.get("", summary="My messages, newest first")
async def list_notices(
    service: NotifyDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
    unread: Annotated[bool, Query(description="Only those not read yet")] = False,
) -> Page[NoticeView]:
    mine = messages(service, principal, unread=unread)
    rows, following = await page_of(session, mine, Notice.id, cursor=cursor, limit=limit)
    others = await queries.other_channels(session, rows)
    views = [notice_view(row, others.get(row.event_id, []), service.texts) for row in rows]
    return Page(items=views, next=following)


@router.get("/{notice_id}", summary="One of my messages")
async def read_notice(service: NotifyDep, session: SessionDep, principal: PrincipalDep, notice_id: UUID) -> NoticeView:
    found = await message(service, session, principal, notice_id)
    others = await queries.other_channels(session, [found])
    return notice_view(found, others.get(found.event_id, []), service.texts)


@router.post("/{notice_id}/read", summary="Mark a message as read", dependencies=[OnceDep])
async def mark_notice_read(
    service: NotifyDep, session: SessionDep, principal: PrincipalDep, notice_id: UUID
) -> NoticeView:
    found = await read(service, session, principal, notice_id)
    others = await queries.other_channels(session, [found])
    return notice_view(found, others.get(found.event_id, []), service.texts)
