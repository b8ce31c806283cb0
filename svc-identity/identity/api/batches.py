"""`/v1/activation-batches`: many activations at once, as JSON lines or CSV, with a verdict for every row."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from chassis.audit.guard import nothing_personal
from chassis.authority import find, require_role
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute, open_to_clients
from chassis.paging import LIMIT, CursorParam, LimitParam, Page
from chassis.refusals import Invalid
from identity.actions.take_batch import SCOPE, STAFF, release_batch, take_batch
from identity.api.batch_views import BatchRowView, BatchView, batch_view, row_page
from identity.api.parts import IdentityDep
from identity.domain.account import Channel
from identity.domain.batch import BatchUnreadable, Format, RowState, read_rows
from identity.models import ActivationBatch

router = APIRouter(prefix="/v1/activation-batches", tags=["activations"], route_class=UnitRoute)
_SCHEMA = {"schema": {"type": "string", "examples": ["1000000008,+966501234567,ar"]}}
_BODY = {"requestBody": {"required": True, "content": {written.value: _SCHEMA for written in Format}}}
ClientsDep = open_to_clients(SCOPE)
ChannelParam = Annotated[Channel, Query(description="where the people in it proved themselves; a client's own counts")]


@router.post("", status_code=202, dependencies=[ClientsDep, OnceDep], openapi_extra=_BODY)
async def hand_in_batch(
    request: Request,
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    channel: ChannelParam = Channel.OFFICE,
) -> BatchView:
    """Hand a batch in: a line per person with number, mobile and language. Faulty lines are refused by name, the others go on."""
    written = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if written not in set(Format):
        raise Invalid("batch-format-unknown")
    content = await request.body()
    try:
        # Ten thousand numbers take a second to read: not on the loop that answers everybody else.
        rows = await run_in_threadpool(read_rows, content, Format(written))
    except BatchUnreadable as unreadable:
        raise Invalid(str(unreadable)) from None
    batch = await take_batch(service, session, principal, rows, channel)
    return await batch_view(session, batch)


@router.get("/{batch_id}", dependencies=[ClientsDep])
async def show_batch(batch_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep) -> BatchView:
    """How a batch of mine stands; staff who may release one see how many rows it has."""
    return await batch_view(session, await _seen(batch_id, principal, service, session))


@router.get("/{batch_id}/rows", dependencies=[ClientsDep])
async def list_batch_rows(
    batch_id: UUID,
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    state: RowState | None = None,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[BatchRowView]:
    """The rows of a batch I handed in, each with its verdict in both languages."""
    batch = await find(session, _mine(batch_id, principal.subject))
    return await row_page(service, session, batch, state, cursor=cursor, limit=limit)


@router.post("/{batch_id}/release", dependencies=[OnceDep])
async def release_held_batch(
    batch_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> BatchView:
    """Let a colleague's batch begin (officers and operators, never one's own)."""
    return await batch_view(session, await release_batch(service, session, principal, batch_id))


async def _seen(batch_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep) -> ActivationBatch:
    if not principal.is_staff:
        return await find(session, _mine(batch_id, principal.subject))
    await require_role(session, principal, STAFF, service.clock.now())
    batch = await find(session, sa.select(ActivationBatch).where(ActivationBatch.id == batch_id))
    nothing_personal(session, [batch])
    return batch


def _mine(batch_id: UUID, subject: str) -> sa.Select[ActivationBatch]:
    return sa.select(ActivationBatch).where(ActivationBatch.id == batch_id, ActivationBatch.person == subject)
