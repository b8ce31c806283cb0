"""One errand's part in this service: everything here that belongs to the cases, traces and requests it is known by.

A service answers for itself only. `names` of a part are what else the errand is known by, for whoever asks the others.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.audit.rows import ActRow
from chassis.authority import Principal
from chassis.database import Session
from chassis.identifiers import is_reference
from chassis.ops.blocks import Step
from chassis.ops.finding import SHOWN, aggregates_of, cases_of, events_of_traces, newest, steps
from chassis.wiring import Service

NAMES = 100
LONGEST_NAME = 64
_TRACE = re.compile(r"[0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Part:
    """What one service knows of an errand: its steps by time, and the names the errand has here."""

    steps: list[Step]
    names: list[str]


def name_in(typed: str) -> str | None:
    """What somebody typed as the name of an errand: a reference, the id of a case or request, a trace. None: none of these."""
    text = typed.strip()
    if is_reference(text.upper()):
        return text.upper()
    text = text.lower()
    return text if _UUID.fullmatch(text) or _TRACE.fullmatch(text) else None


async def part_of(
    service: Service, session: Session, principal: Principal, standing: str, names: Collection[str]
) -> Part:
    """This service's part; written down as an act of whoever asks. Names that are none are passed over."""
    known = [each for each in map(name_in, names) if each is not None][:NAMES]
    ids = {UUID(each) for each in known if _UUID.fullmatch(each)}
    # A request that nobody traced from further away is its own trace.
    traces = {each.replace("-", "") for each in known if not is_reference(each)}
    references = {each for each in known if is_reference(each)}
    references |= await _acted_on(session, ids)
    cases = await _cases(session, service, ids, references)
    about = {str(each) for each in (*ids, *cases)}
    found = await steps(session, service.name, about, traces, ahead=service.clock.ahead)
    aggregates = [each for one in about for each in aggregates_of(one)]
    found += await events_of_traces(session, aggregates, traces)
    if known:
        audit.act(
            session, service, principal, standing=standing, person=audit.NOBODY, action="errand.read", object_=known[0]
        )  # fmt: skip
    also = [*cases.values(), *(str(each) for each in cases), *sorted(traces)]
    return Part(sorted(found, key=lambda step: step.at)[:SHOWN], _each_once(also)[:NAMES] if found else [])


async def _acted_on(session: Session, request_ids: Collection[UUID]) -> set[str]:
    """What was acted on by requests with these ids."""
    rows = newest(ActRow, ActRow.id)
    asked = [str(each) for each in request_ids]
    return set(await session.scalars(sa.select(rows.object).where(rows.request_id.in_(asked)).limit(SHOWN)))


async def _cases(
    session: Session, service: Service, ids: Collection[UUID], references: Collection[str]
) -> dict[UUID, str]:
    """Cases with these ids or references, and cases that are about one of these: id to reference."""
    found: dict[UUID, str] = {}
    for cases in cases_of(service.name):
        same = [cases.id.in_(ids), cases.reference.in_(references)]
        if hasattr(cases, "case_id"):
            same.append(cases.case_id.in_(ids))
        rows = list(await session.scalars(sa.select(cases).where(sa.or_(*same)).limit(SHOWN)))
        nothing_personal(session, rows)
        found |= {row.id: row.reference for row in rows}
    return found


def _each_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
