"""Opening a record no case leads to: a reason is stated first, holds for minutes, and a supervisor is told.

It is a relation with an interval like any other, from the member of staff to the one object; what is opened by it leaves
a look with the reason's words, which the person can read the kind of.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from chassis.audit import look
from chassis.audit.limits import raise_alarm
from chassis.authority import Principal, open_relation
from chassis.database import Session
from chassis.models import RelationRow
from chassis.wiring import Service
from contracts.looking import LookReason

RELATION = "stated_reason"


@dataclass(frozen=True)
class StatedReason:
    """Why, as one of the listed kinds and in words, with the reference of what it came from where there is one."""

    kind: LookReason
    words: str
    came_from: str | None = None

    @property
    def purpose(self) -> str:
        """The slug the person reads."""
        return f"reason-{self.kind}"

    @property
    def written(self) -> str:
        return f"{self.words} [{self.came_from}]" if self.came_from else self.words


async def state_reason(
    service: Service,
    session: Session,
    principal: Principal,
    reason: StatedReason,
    *,
    standing: str,
    person: str,
    object_id: UUID,
    object_: str,
) -> datetime:
    """Open one object to one member of staff for a while. Returns until when. Rule `<service>.looks.reason_holds`."""
    now = service.clock.now()
    until = now + timedelta(seconds=service.rules().number(f"{service.name}.looks.reason_holds"))
    await open_relation(session, RELATION, principal.subject, str(object_id), now, ends_at=until)
    look(
        session,
        service,
        principal,
        standing=standing,
        person=person,
        object_=object_,
        purpose=reason.purpose,
        reason=reason.written,
    )
    await raise_alarm(session, service, "stated-reason", principal, standing, None, object_, reason.written)
    return until


async def reason_stands(session: Session, principal: Principal, object_id: UUID, now: datetime) -> bool:
    """Whether this member of staff has stated a reason for this object, and it still holds."""
    found = await session.scalar(
        sa.select(RelationRow.id)
        .where(
            RelationRow.subject == principal.subject,
            RelationRow.relation == RELATION,
            RelationRow.object == str(object_id),
            RelationRow.starts_at <= now,
            RelationRow.ends_at > now,
        )
        .limit(1)
    )
    return found is not None
