"""What an operator can do about what is stuck: try again, or give up for a reason. Written down with who and why."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session, wake_after_commit
from chassis.events import parking
from chassis.models import InboxRow, IntentRow, TimerRow
from chassis.refusals import Conflict, Invalid, NotFound
from chassis.wiring import Service

AT_ONCE = 200
"""One press mends this many of a group at most; the page says how many are left."""

_TABLES: dict[str, tuple[Any, Any, Any, tuple[str, ...]]] = {
    "inbox": (InboxRow, InboxRow.event_id, InboxRow.type, ("parked", "dead")),
    "intents": (IntentRow, IntentRow.id, IntentRow.kind, ("dead",)),
    "timers": (TimerRow, TimerRow.id, TimerRow.kind, ("dead",)),
}


class AlreadyArmed(Conflict):
    """The same deadline was armed anew in the meantime: the dead one need not fire."""

    slug = "already-armed"


@dataclass(frozen=True)
class Mender:
    """A member of staff at work on one service's queues, in one transaction."""

    service: Service
    session: Session
    principal: Principal
    standing: str

    async def retry(self, queue: str, item_id: UUID, reason: str) -> None:
        """Try once more, from the start of its schedule. Raises NotFound when it is no longer stuck."""
        if queue == "inbox":
            await parking.replay(self.session, item_id)
        elif queue == "intents":
            await self._retry_intent(item_id)
        elif queue == "timers":
            await self._rearm(item_id)
        else:
            raise NotFound
        self._write_down("retry", queue, item_id, reason)

    async def discard(self, queue: str, item_id: UUID, reason: str) -> None:
        """Give an event up; what waits behind it goes on. Only events can be: something waits for the rest."""
        if queue != "inbox":
            raise Invalid("only-events-are-discarded")
        await parking.discard(self.session, item_id, reason)
        self._write_down("discard", queue, item_id, reason)

    async def of_group(self, queue: str, kind: str, cause: str) -> list[UUID]:
        """The items that died of one cause, the oldest first, as many as one press mends."""
        if queue not in _TABLES:
            raise NotFound
        table, key, kind_column, states = _TABLES[queue]
        found = await self.session.scalars(
            sa.select(key)
            .where(table.state.in_(states), kind_column == kind, sa.func.coalesce(table.error, "") == cause)
            .order_by(key)
            .limit(AT_ONCE)
        )
        return list(found)

    async def _retry_intent(self, intent_id: UUID) -> None:
        row = await self.session.scalar(
            sa.select(IntentRow).where(IntentRow.id == intent_id, IntentRow.state == "dead").with_for_update()
        )
        if row is None:
            raise NotFound
        # It may have been sent: the other side is asked first.
        row.state, row.attempts, row.next_attempt_at = "unknown", 0, sa.func.clock_timestamp()
        wake_after_commit(self.session, "intents")

    async def _rearm(self, timer_id: UUID) -> None:
        row = await self.session.scalar(
            sa.select(TimerRow).where(TimerRow.id == timer_id, TimerRow.state == "dead").with_for_update()
        )
        if row is None:
            raise NotFound
        newer = await self.session.scalar(
            sa.select(TimerRow.id).where(
                TimerRow.kind == row.kind, TimerRow.subject == row.subject, TimerRow.state == "armed"
            )
        )
        if newer is not None:
            raise AlreadyArmed
        row.state, row.attempts, row.lease_until = "armed", 0, None
        wake_after_commit(self.session, "timers")

    def _write_down(self, verb: str, queue: str, item_id: UUID, reason: str) -> None:
        audit.act(
            self.session,
            self.service,
            self.principal,
            standing=self.standing,
            person="nobody",
            action=f"{queue}.{verb}",
            object_=str(item_id),
            reason=reason,
        )
