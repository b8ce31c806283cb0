"""Acts and looks: who did or saw what of whose record, in the same transaction. Rows are only ever added.

What is written of a person by another is also told to that person (`chassis.audit.telling`), before the commit.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from chassis.audit.rows import ActRow, LookRow
from chassis.authority import Principal
from chassis.database import Session, before_commit
from chassis.identifiers import uuid7
from chassis.telemetry import traces
from chassis.wiring import Service

SEEN = "seen"
NOBODY = "nobody"


@dataclass(frozen=True)
class Seen:
    """One record of another's, as this transaction looked at it (`purpose`) or acted on it (`action`)."""

    row: UUID
    person: str
    standing: str
    object: str
    at: datetime
    purpose: str | None = None
    action: str | None = None


def _request_id() -> str | None:
    context = traces.current()
    return context.request_id if context else None


def act(
    session: Session,
    service: Service,
    principal: Principal,
    *,
    standing: str,
    person: str,
    action: str,
    object_: str,
    reason: str | None = None,
    rules: dict[str, Any] | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Write down an act: actor, subject, channel and the rule versions it was decided by."""
    row = ActRow(
        id=uuid7(),
        at=service.clock.now(),
        actor=principal.subject,
        standing=standing,
        person=person,
        channel=principal.channel,
        action=action,
        object=object_,
        reason=reason,
        rules=rules or {},
        request_id=_request_id(),
        on_behalf_of=on_behalf_of,
    )
    session.add(row)
    _remember(session, service, principal, Seen(row.id, person, str(standing), object_, row.at, action=str(action)))


def look(
    session: Session,
    service: Service,
    principal: Principal,
    *,
    standing: str,
    person: str,
    object_: str,
    purpose: str,
    reason: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Write down that another person's record was opened, and why. One's own record is not logged as a look.

    `purpose` is a slug with words under `purpose.<slug>`; `reason` the words of whoever had no case to lead there.
    """
    if principal.subject == person:
        return
    row = LookRow(
        id=uuid7(),
        at=service.clock.now(),
        actor=principal.subject,
        standing=standing,
        person=person,
        object=object_,
        purpose=purpose,
        reason=reason,
        request_id=_request_id(),
        on_behalf_of=on_behalf_of,
    )
    session.add(row)
    _remember(session, service, principal, Seen(row.id, person, str(standing), object_, row.at, purpose=purpose))


def accounted(session: Session) -> set[str]:
    """The other persons this transaction has written a look or an act down for."""
    return {each.person for each in session.info.get(SEEN, ())}


def _remember(session: Session, service: Service, principal: Principal, seen: Seen) -> None:
    if seen.person in (principal.subject, NOBODY):
        return
    # Imported here: telling raises alarms and limits, which write looks down themselves.
    from chassis.audit.telling import tell

    if SEEN not in session.info:
        session.info[SEEN] = []
        before_commit(session, partial(tell, service, principal))
    session.info[SEEN].append(seen)
