"""Nothing of another's is shown without a trace: whose rows a request loaded is noted, and each must be accounted for.

Through a relation the trace is written here, so that no route can forget it. Staff have to say why (`audit.look`), or
that what they show is nobody's (`nothing_personal`); a route that does neither fails its tests, and in production its
look is written down as unstated and alarmed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapper, QueryContext

from chassis.audit import NOBODY, accounted, look
from chassis.audit.limits import raise_alarm
from chassis.audit.rows import ActRow, LookRow
from chassis.authority import Principal
from chassis.database import Session
from chassis.grants import GRANTEE, granted_by
from chassis.models import RelationRow
from chassis.wiring import Service

TOUCHED = "touched"
_OWN = (ActRow, LookRow)
log = structlog.get_logger()


class LookForgotten(AssertionError):
    """A route showed something of another's and wrote no look and no act down."""


def begin(session: Session) -> None:
    """From here on, note whose rows are loaded."""
    session.info[TOUCHED] = {}


@sa.event.listens_for(Mapper, "load")
def _note(target: Any, context: QueryContext) -> None:
    touched = context.session.info.get(TOUCHED) if context.session is not None else None
    if touched is not None and (person := target.__dict__.get("person")) and not isinstance(target, _OWN):
        touched.setdefault(person, set()).add(_name(target))


def nothing_personal(session: Session, rows: Iterable[Any]) -> None:
    """Say that what is shown of these rows tells nobody's data: a list of references, states and ages."""
    touched = session.info.get(TOUCHED, {})
    for row in rows:
        touched.get(row.person, set()).discard(_name(row))


async def account_for(service: Service, session: Session, principal: Principal, route: str) -> None:
    """After the answer is made: a look for every other person it may tell of. Raises LookForgotten in tests."""
    touched: dict[str, set[str]] = session.info.pop(TOUCHED, {})
    others = {person: names for person, names in touched.items() if names and person not in (principal.subject, NOBODY)}
    for person in accounted(session):
        others.pop(person, None)
    if not others:
        return
    through: dict[str, str] = {}
    grantors: dict[str, str] = {}
    if not principal.is_staff:
        through = await _relations(session, principal, others, service.clock.now())
        grantors = await granted_by(session, principal, set(others) - set(through), service.clock.now())
    for person, names in others.items():
        if grantor := grantors.get(person):
            look(
                session,
                service,
                principal,
                standing=GRANTEE,
                person=person,
                object_=_object(names),
                purpose=GRANTEE,
                on_behalf_of=grantor,
            )
        elif relation := through.get(person):
            look(
                session,
                service,
                principal,
                standing=relation,
                person=person,
                object_=_object(names),
                purpose=relation,
            )
        else:
            await _forgotten(service, session, principal, route, person, names)


async def _forgotten(
    service: Service, session: Session, principal: Principal, route: str, person: str, names: set[str]
) -> None:
    if service.settings.environment == "test":
        raise LookForgotten(f"{route} shows {_object(names)} to another and writes neither a look nor an act down")
    log.error("audit.look_forgotten", service=service.name, route=route)
    standing = principal.kind or "unknown"
    look(session, service, principal, standing=standing, person=person, object_=_object(names), purpose="unstated")
    await raise_alarm(session, service, "unstated", principal, standing, None, _object(names), route)


async def _relations(session: Session, principal: Principal, persons: Iterable[str], now: datetime) -> dict[str, str]:
    """What the principal is to each of these now; the first by name of several."""
    rows = await session.execute(
        sa.select(RelationRow.object, sa.func.min(RelationRow.relation).label("relation"))
        .where(
            RelationRow.subject == principal.subject,
            RelationRow.object.in_(list(persons)),
            RelationRow.relation != GRANTEE,
            RelationRow.starts_at <= now,
            sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
        )
        .group_by(RelationRow.object)
    )
    return {row.object: row.relation for row in rows}


def _name(row: Any) -> str:
    """What a row is called in an audit: its reference, else its kind and id."""
    reference = row.__dict__.get("reference")
    return str(reference) if reference else f"{row.__tablename__}:{row.__dict__.get('id', '')}"


def _object(names: set[str]) -> str:
    """One row by its name; of several the first and how many more."""
    first = min(names)
    return first if len(names) == 1 else f"{first} +{len(names) - 1}"
