"""`/v1/me/record-access`: who saw or acted on my record, when, in what standing and why."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from identity.api.parts import IdentityDep
from identity.models import RecordAccess
from identity.wiring import Identity

router = APIRouter(prefix="/v1/me/record-access", tags=["me"], route_class=UnitRoute)
_SHOWN_DIGITS = 3
_OTHER = "other"


class WordView(BaseModel):
    """A stable word and how people read it."""

    code: str
    texts: dict[str, str]


class AccessorView(BaseModel):
    """Who it was: staff by role and office; somebody I stand in a relation with by that and the end of their number."""

    standing: WordView
    office: str | None = None
    number_ending: str | None = None


class RecordAccessView(BaseModel):
    """One record of mine that another looked at or acted on."""

    id: UUID
    at: datetime
    what: Literal["looked", "acted"]
    service: WordView
    by: AccessorView
    object: str
    purpose: WordView | None = None
    action: WordView | None = None


@router.get("", summary="Who saw or acted on my record, newest first")
async def list_record_access(
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[RecordAccessView]:
    """Looks and acts of others in every service. Staff are named by role and office; a look is told once an hour."""
    mine = sa.select(RecordAccess).where(RecordAccess.person == principal.subject)
    rows, following = await page_of(session, mine, RecordAccess.id, cursor=cursor, limit=limit)
    return Page(items=[record_access_view(service, row) for row in rows], next=following)


def record_access_view(service: Identity, row: RecordAccess) -> RecordAccessView:
    """A row in words; a word without words of its own is told in general ones."""
    acted = row.action is not None
    return RecordAccessView(
        id=row.id,
        at=row.at,
        what="acted" if acted else "looked",
        service=_word(service, "access.service", row.service),
        by=AccessorView(
            standing=_word(service, "access.standing", row.standing),
            office=row.office,
            number_ending=None if row.actor is None else f"…{row.actor[-_SHOWN_DIGITS:]}",
        ),
        object=row.object,
        purpose=None if row.purpose is None else _word(service, "purpose", row.purpose),
        action=None if row.action is None else _word(service, "access.action", row.action.rpartition(".")[2]),
    )


def _word(service: Identity, family: str, code: str) -> WordView:
    key = f"{family}.{code}"
    return WordView(code=code, texts=service.texts.both(key if key in service.texts else f"{family}.{_OTHER}"))
