"""Facts from outside: rows with source, reference and age. Answered at once from the rows; stale ones are asked again.

A dated rule says how old each kind may be. A stale or missing fact is `being_checked`: an intent to ask the body is
written, and the case that waits for it resumes by itself when the answer arrives.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from chassis.intents import intend
from chassis.models import FactRow
from chassis.wiring import Service

ASK_AGAIN_AFTER = timedelta(seconds=20)


@dataclass(frozen=True)
class Fact:
    """What a body said about a subject, and when."""

    kind: str
    value: Mapping[str, Any]
    source: str
    reference: str | None
    answered_at: datetime


async def known(
    session: Session, subject: str, freshness: Mapping[str, timedelta], now: datetime
) -> dict[str, Fact | None]:
    """Per kind the fact if it is fresh enough, else None. One statement for all kinds."""
    rows = await session.scalars(sa.select(FactRow).where(FactRow.subject == subject, FactRow.kind.in_(freshness)))
    facts: dict[str, Fact | None] = dict.fromkeys(freshness)
    for row in rows:
        if row.answered_at is not None and row.value is not None and now - row.answered_at <= freshness[row.kind]:
            facts[row.kind] = Fact(row.kind, row.value, row.source, row.reference, row.answered_at)
    return facts


async def ask(session: Session, service: Service, subject: str, kinds: Iterable[str], now: datetime) -> None:
    """Write an intent per kind to ask its body, unless one is under way."""
    for kind in kinds:
        asked = await session.scalar(
            insert(FactRow)
            .values(subject=subject, kind=kind, source="", asked_at=now)
            .on_conflict_do_update(
                index_elements=["subject", "kind"],
                set_={"asked_at": now},
                where=sa.or_(
                    FactRow.asked_at.is_(None),
                    FactRow.asked_at < now - ASK_AGAIN_AFTER,
                    FactRow.answered_at >= FactRow.asked_at,
                ),
            )
            .returning(FactRow.kind)
        )
        if asked is not None:
            await intend(session, service, f"fact.{kind}", {"subject": subject}, lane=4)


async def keep(
    session: Session,
    subject: str,
    kind: str,
    value: Mapping[str, Any],
    *,
    source: str,
    reference: str | None,
    now: datetime,
) -> None:
    """Take an answer in."""
    values = {"value": dict(value), "source": source, "reference": reference, "answered_at": now}
    await session.execute(
        insert(FactRow)
        .values(subject=subject, kind=kind, asked_at=now, **values)
        .on_conflict_do_update(index_elements=["subject", "kind"], set_=values)
    )


async def keep_all(
    session: Session,
    kind: str,
    answers: Mapping[str, tuple[Mapping[str, Any], str | None]],
    *,
    source: str,
    now: datetime,
) -> None:
    """Take many answers of one kind in, in one statement: by subject, each with the body's reference."""
    rows = [
        {"subject": subject, "kind": kind, "value": dict(value), "source": source, "reference": reference}
        | {"asked_at": now, "answered_at": now}
        for subject, (value, reference) in sorted(answers.items())
    ]
    if rows:
        statement = insert(FactRow).values(rows)
        newer = {name: statement.excluded[name] for name in ("value", "source", "reference", "answered_at")}
        await session.execute(statement.on_conflict_do_update(index_elements=["subject", "kind"], set_=newer))
