"""What leaves the house: a text, an order, a payment. An intent row is written with its cause and carried out by a sender.

The intent's reference is the name the other side knows it by. When a send's outcome is unknown (time-out, crash), the
other side is *asked* by that reference before anything is sent again. No call is made inside a database transaction.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import cipher_of
from chassis.database import Session, Sight, is_away, wake_after_commit
from chassis.http.client import Unreachable
from chassis.identifiers import uuid7
from chassis.models import IntentRow
from chassis.telemetry import traces
from chassis.wiring import Service

POLL_S = 0.5
LEASE_S = 12
AT_ONCE = 8
RETRY_AFTER_S: tuple[float, ...] = (1, 2, 5, 15, 60, 300, 300, 300, 600, 600, 1800, 1800, 3600)
SIGHT = Sight.system("senders")
log = structlog.get_logger()


@dataclass(frozen=True)
class Intent:
    """One thing to be done outside. `sealed` is the decrypted part that only the sender may read."""

    id: UUID
    kind: str
    reference: str
    body: dict[str, Any]
    sealed: str | None
    attempts: int
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Done:
    """The other side did it; the outcome is kept and handed to `settle`."""

    outcome: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """The other side will not do it, now or later; `reason` is a slug."""

    reason: str
    outcome: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NotYet:
    """The other side has it and is not done: ask again after some seconds."""

    after_s: float = 1.0


@dataclass(frozen=True)
class NeverArrived:
    """Answer to `ask`: the other side knows nothing of it, so it may be sent."""


Outcome = Done | Refused | NotYet


class Sender(Protocol):
    """Carries out one kind of intent for a service."""

    async def send(self, service: Any, intent: Intent) -> Outcome:
        """Do it. Raises Unreachable when the outcome is unknown or it could not be sent."""
        ...

    async def ask(self, service: Any, intent: Intent) -> Outcome | NeverArrived:
        """What became of it, by its reference. Raises Unreachable."""
        ...

    async def settle(self, service: Any, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        """Take the outcome in, in the transaction that closes the intent."""
        ...


@dataclass(frozen=True)
class Wish:
    """An intent that is not written yet. `reference` is ours, unique for ever; `sealed` is for the sender only."""

    kind: str
    body: dict[str, Any]
    reference: str | None = None
    sealed: str | None = None
    lane: int = 5
    expires_at: datetime | None = None


async def intend(
    session: Session,
    service: Service,
    kind: str,
    body: dict[str, Any],
    *,
    reference: str | None = None,
    sealed: str | None = None,
    lane: int = 5,
    expires_at: datetime | None = None,
) -> UUID | None:
    """Write an intent in the transaction of its cause. With a reference that exists already nothing is written (None)."""
    wish = Wish(kind, body, reference, sealed, lane, expires_at)
    statement = insert(IntentRow).values(_row_of(service, wish)).on_conflict_do_nothing(index_elements=["reference"])
    written = await session.scalar(statement.returning(IntentRow.id))
    wake_after_commit(session, "intents")
    return written


async def intend_all(session: Session, service: Service, wishes: Sequence[Wish]) -> None:
    """Write many intents (at least one) in one statement; a reference that exists already is passed over."""
    rows = [_row_of(service, wish) for wish in wishes]
    await session.execute(insert(IntentRow).values(rows).on_conflict_do_nothing(index_elements=["reference"]))
    wake_after_commit(session, "intents")


def _row_of(service: Service, wish: Wish) -> dict[str, Any]:
    intent_id, context = uuid7(), traces.current()
    return vars(wish) | {
        "id": intent_id,
        "reference": wish.reference or str(intent_id),
        "sealed": None if wish.sealed is None else cipher_of(service.name).encrypt(wish.sealed),
        "traceparent": context.traceparent if context else None,
    }


class Senders:
    """Works through one service's intents until stopped: leased, asked when unsure, retried, expired."""

    def __init__(self, service: Service, senders: dict[str, Sender]) -> None:
        self.service = service
        self.senders = senders
        self._wake = service.database.wakes.event("intents")
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self._wake.clear()
            try:
                claimed = await self._claim(AT_ONCE - len(self._running))
            except Exception as error:  # edge: the loop outlives a database that is away
                if not is_away(error):
                    log.error("senders.failed", service=self.service.name, reason=repr(error)[:300])
                claimed = []
            for intent, must_ask in claimed:
                task = asyncio.create_task(self._carry_out(intent, must_ask))
                self._running.add(task)
                task.add_done_callback(self._finished)
            if not claimed and not stopping.is_set():
                await _wait(self._wake, POLL_S)
        await asyncio.gather(*self._running, return_exceptions=True)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _claim(self, room: int) -> list[tuple[tuple[Intent, int], bool]]:
        if room <= 0 or not self.senders:
            return []
        now = sa.func.clock_timestamp()
        due = (
            sa.select(IntentRow)
            .where(
                IntentRow.kind.in_(self.senders),
                IntentRow.next_attempt_at <= now,
                sa.or_(
                    IntentRow.state.in_(("waiting", "unknown")),
                    sa.and_(IntentRow.state == "sending", IntentRow.lease_until < now),
                ),
            )
            .order_by(IntentRow.lane, IntentRow.next_attempt_at)
            .limit(room)
            .with_for_update(skip_locked=True)
        )
        async with self.service.database.transaction(SIGHT) as session:
            claimed = []
            for row in await session.scalars(due):
                if row.expires_at is not None and row.expires_at <= self.service.clock.now() and row.state == "waiting":
                    row.state, row.sealed, row.settled_at = "expired", None, now
                    self._count(row.kind, "expired")
                    continue
                # A lease that ran out, or an outcome that never came: it may have been sent.
                must_ask = row.state in ("unknown", "sending")
                row.state, row.fence, row.attempts = "sending", row.fence + 1, row.attempts + 1
                row.lease_until = now + timedelta(seconds=LEASE_S)
                claimed.append(((_intent(self.service, row), row.fence), must_ask))
            return claimed

    async def _carry_out(self, claim: tuple[Intent, int], must_ask: bool) -> None:
        intent, fence = claim
        sender = self.senders[intent.kind]
        try:
            async with asyncio.timeout(LEASE_S * 0.8):
                outcome: Outcome | NeverArrived = (
                    await sender.ask(self.service, intent) if must_ask else await sender.send(self.service, intent)
                )
                if isinstance(outcome, NeverArrived):
                    late = intent.expires_at is not None and intent.expires_at <= self.service.clock.now()
                    outcome = Refused("expired") if late else await sender.send(self.service, intent)
        except Unreachable as gone:
            still_unknown = must_ask or not gone.never_sent
            await self._put_back(intent, fence, "unknown" if still_unknown else "waiting", str(gone))
        except Exception as error:  # edge: a sender's fault must not stop the others; what happened is unknown
            await self._put_back(intent, fence, "unknown", repr(error)[:300])
        else:
            await self._close(intent, fence, sender, outcome)

    async def _close(self, intent: Intent, fence: int, sender: Sender, outcome: Outcome) -> None:
        if isinstance(outcome, NotYet):
            await self._put_back(intent, fence, "unknown", None, after_s=outcome.after_s, counts=False)
            return
        try:
            async with self.service.database.transaction(SIGHT, now=self.service.clock.now()) as session:
                row = await _fenced(session, intent.id, fence)
                if row is None:
                    return
                row.state = "done" if isinstance(outcome, Done) else "refused"
                row.outcome = (
                    outcome.outcome if isinstance(outcome, Done) else {"reason": outcome.reason, **outcome.outcome}
                )
                row.settled_at, row.sealed, row.lease_until = sa.func.clock_timestamp(), None, None
                await sender.settle(self.service, session, intent, outcome)
        except Exception as error:  # edge: the outcome stays with the other side and is asked for again
            await self._put_back(intent, fence, "unknown", f"settle: {error!r}"[:300])
            return
        self._count(intent.kind, "done" if isinstance(outcome, Done) else "refused")

    async def _put_back(
        self,
        intent: Intent,
        fence: int,
        state: str,
        error: str | None,
        *,
        after_s: float | None = None,
        counts: bool = True,
    ) -> None:
        while True:
            try:
                async with self.service.database.transaction(SIGHT) as session:
                    row = await _fenced(session, intent.id, fence)
                    if row is None:
                        return
                    pause = RETRY_AFTER_S[min(row.attempts, len(RETRY_AFTER_S)) - 1] if after_s is None else after_s
                    row.state, row.error, row.lease_until = state, error, None
                    row.attempts -= 0 if counts else 1
                    row.next_attempt_at = sa.func.clock_timestamp() + timedelta(seconds=pause)
                    if row.attempts > len(RETRY_AFTER_S):
                        row.state = "dead"
                        log.error("intent.dead", kind=row.kind, intent_id=str(row.id), reason=error)
                if error:
                    self._count(intent.kind, state)
                    log.warning("intent.put_back", kind=intent.kind, intent_id=str(intent.id), reason=error)
                return
            except Exception as away:  # edge: the lease runs out by itself if the database stays away
                if not is_away(away):
                    raise
                await asyncio.sleep(POLL_S)

    def _count(self, kind: str, outcome: str) -> None:
        self.service.metrics.intents.labels(kind, outcome).inc()


def _intent(service: Service, row: IntentRow) -> Intent:
    sealed = None if row.sealed is None else cipher_of(service.name).decrypt(row.sealed)
    return Intent(row.id, row.kind, row.reference, row.body, sealed, row.attempts, row.created_at, row.expires_at)


async def _fenced(session: Session, intent_id: UUID, fence: int) -> IntentRow | None:
    row: IntentRow | None = await session.scalar(
        sa.select(IntentRow)
        .where(IntentRow.id == intent_id, IntentRow.fence == fence, IntentRow.state == "sending")
        .with_for_update()
    )
    return row


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
