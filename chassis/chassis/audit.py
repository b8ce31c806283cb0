"""Acts and looks: who did or saw what of whose record, in the same transaction. Rows are only ever added."""

from typing import Any

from chassis.authority import Principal
from chassis.database import Session
from chassis.models import ActRow, LookRow
from chassis.telemetry import traces
from chassis.wiring import Service


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
) -> None:
    """Write down an act: actor, subject, channel and the rule versions it was decided by."""
    session.add(
        ActRow(
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
        )
    )


def look(
    session: Session, service: Service, principal: Principal, *, standing: str, person: str, object_: str, purpose: str
) -> None:
    """Write down that another person's record was opened, and why. One's own record is not logged as a look."""
    if principal.subject == person:
        return
    session.add(
        LookRow(
            at=service.clock.now(),
            actor=principal.subject,
            standing=standing,
            person=person,
            object=object_,
            purpose=purpose,
            request_id=_request_id(),
        )
    )
