"""Batches and their rows as whoever handed them in sees them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field

from chassis.database import Session
from chassis.paging import Page
from chassis.refusals import Invalid
from identity.domain.batch import OPEN_STATES, RowState
from identity.models import ActivationBatch, ActivationRow
from identity.wiring import Identity


class BatchView(BaseModel):
    """A batch and how its rows stand."""

    id: UUID
    reference: str
    channel: str
    rows: int
    counts: dict[str, int] = Field(description="rows by state: held, waiting, working, activated, refused")
    waits_for_release: bool
    opened_at: datetime
    finished_at: datetime | None


class ReasonView(BaseModel):
    """Why a row was refused; `slug` is stable."""

    slug: str
    texts: dict[str, str]


class BatchRowView(BaseModel):
    """One line of the batch and its verdict."""

    line: int
    number: str
    state: str
    texts: dict[str, str]
    reasons: list[ReasonView]
    settled_at: datetime | None


async def batch_view(session: Session, batch: ActivationBatch) -> BatchView:
    found = await session.execute(
        sa.select(ActivationRow.state, sa.func.count())
        .where(ActivationRow.batch_id == batch.id)
        .group_by(ActivationRow.state)
    )
    counted: dict[str, int] = {row[0]: row[1] for row in found}
    is_open = any(counted.get(state) for state in OPEN_STATES)
    return BatchView(
        id=batch.id,
        reference=batch.reference,
        channel=batch.channel,
        rows=batch.rows,
        counts={str(state): counted.get(state, 0) for state in RowState},
        waits_for_release=batch.released_at is None,
        opened_at=batch.opened_at,
        finished_at=None if is_open else batch.finished_at,
    )


async def row_page(
    service: Identity,
    session: Session,
    batch: ActivationBatch,
    state: RowState | None,
    *,
    cursor: str | None,
    limit: int,
) -> Page[BatchRowView]:
    """Rows in the order of their lines; the cursor is the last line shown. Raises Invalid."""
    statement = sa.select(ActivationRow).where(ActivationRow.batch_id == batch.id)
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit()):
            raise Invalid("cursor-not-valid")
        statement = statement.where(ActivationRow.line > int(cursor))
    if state is not None:
        statement = statement.where(ActivationRow.state == str(state))
    rows = list(await session.scalars(statement.order_by(ActivationRow.line).limit(limit + 1)))
    items = [_row_view(service, row) for row in rows[:limit]]
    return Page(items=items, next=str(items[-1].line) if len(rows) > limit else None)


def _row_view(service: Identity, row: ActivationRow) -> BatchRowView:
    return BatchRowView(
        line=row.line,
        number=row.number,
        state=row.state,
        texts=service.texts.both(f"batch.row.{row.state}"),
        reasons=[ReasonView(slug=slug, texts=_words(service, slug)) for slug in row.reasons],
        settled_at=row.settled_at,
    )


def _words(service: Identity, slug: str) -> dict[str, str]:
    """A fault of the line, or a requirement of the activation that was not met."""
    return service.texts.both(slug) if slug in service.texts else service.texts.both(f"requirement.{slug}", "failed")
