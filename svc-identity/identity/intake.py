"""The intake's loop: leases rows of released batches, asks the registry about each, and activates them by the hundred.

Leases and fences are machine time: rows of a worker that died are taken over when its lease has run out, and what it
might still try to commit is refused by the fence.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
import structlog

from chassis.database import Sight, is_away
from identity.actions.activate_rows import Checked, Leased, activate_rows
from identity.actions.take_batch import WAKE
from identity.domain.batch import RowState
from identity.models import ActivationRow
from identity.wiring import Identity
from partners.body import Refused, Unreachable
from partners.registry import Person

SIGHT = Sight.system("intake")
CHUNK = 100
LEASE_S = 20
POLL_S = 1.0
ASKED_AT_ONCE = 8
RETRY_AFTER_S = (1, 2, 5, 15, 60, 300)
log = structlog.get_logger()


class Intake:
    """Works through the rows of batches until stopped."""

    def __init__(self, service: Identity) -> None:
        self.service = service
        self._wake = service.database.wakes.event(WAKE)
        self._asking = asyncio.Semaphore(ASKED_AT_ONCE)

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self._wake.clear()
            try:
                worked = await self.work()
            except Exception as error:  # edge: the loop outlives a database that is away; leases run out by themselves
                if not is_away(error):
                    log.error("intake.failed", reason=type(error).__name__)
                worked = 0
            if not worked and not stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL_S)

    async def work(self) -> int:
        """One chunk; returns how many rows were taken in hand."""
        rows = await self._lease()
        if not rows:
            return 0
        checked = await asyncio.gather(*map(self._check, rows))
        known = [each for each in checked if each is not None]
        waiting = [row for row, each in zip(rows, checked, strict=True) if each is None]
        await self._put_back(waiting)
        await self._activate(known)
        return len(rows)

    async def _lease(self) -> list[Leased]:
        now = sa.func.clock_timestamp()
        free = sa.or_(ActivationRow.state == RowState.WAITING, ActivationRow.lease_until < now)
        due = (
            sa.select(ActivationRow.batch_id, ActivationRow.line)
            .where(
                sa.text("activation_rows.state in ('waiting','working')"), ActivationRow.next_attempt_at <= now, free
            )
            .order_by(ActivationRow.next_attempt_at, ActivationRow.batch_id, ActivationRow.line)
            .limit(CHUNK)
            .with_for_update(skip_locked=True)
        )
        leased = (
            sa.update(ActivationRow)
            .where(sa.tuple_(ActivationRow.batch_id, ActivationRow.line).in_(due))
            .values(
                state=str(RowState.WORKING),
                fence=ActivationRow.fence + 1,
                attempts=ActivationRow.attempts + 1,
                lease_until=now + timedelta(seconds=LEASE_S),
            )
            .returning(ActivationRow)
            .execution_options(synchronize_session=False)
        )
        async with self.service.database.transaction(SIGHT) as session:
            return [_leased(row) for row in await session.scalars(leased)]

    async def _check(self, row: Leased) -> Checked | None:
        """Ask the registry; None when it cannot answer now."""
        registry = self.service.registry
        async with self._asking:
            try:
                person = await registry.person(row.number)
                match = await registry.mobile_matches(row.number, row.mobile)
            except Refused as no:
                if no.passing:
                    return None
                return Checked(row, None, False, {"unknown": no.slug}, no.reference)
            except Unreachable:
                return None
        return Checked(row, person, match.matches, _answer(person), person.reference)

    async def _activate(self, checked: Sequence[Checked]) -> None:
        """All in one transaction; where somebody else took a mobile or a number meanwhile, each by itself."""
        try:
            await self._in_one(checked)
        except sa.exc.IntegrityError:
            for each in checked:
                try:
                    await self._in_one([each])
                except sa.exc.IntegrityError:
                    # Next time the other one's row is seen, and the verdict is an ordinary refusal.
                    await self._put_back([each.row])

    async def _in_one(self, checked: Sequence[Checked]) -> None:
        async with self.service.database.transaction(SIGHT, now=self.service.clock.now()) as session:
            await activate_rows(self.service, session, checked)

    async def _put_back(self, rows: Sequence[Leased]) -> None:
        if not rows:
            return
        pauses = sa.case(
            *((ActivationRow.attempts <= at, pause) for at, pause in enumerate(RETRY_AFTER_S, start=1)),
            else_=RETRY_AFTER_S[-1],
        )
        fences = [(row.batch_id, row.line, row.fence) for row in rows]
        async with self.service.database.transaction(SIGHT) as session:
            await session.execute(
                sa.update(ActivationRow)
                .where(
                    sa.tuple_(ActivationRow.batch_id, ActivationRow.line, ActivationRow.fence).in_(fences),
                    ActivationRow.state == RowState.WORKING,
                )
                .values(
                    state=str(RowState.WAITING),
                    lease_until=None,
                    next_attempt_at=sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, 0, 0, pauses),
                )
                .execution_options(synchronize_session=False)
            )


def _leased(row: ActivationRow) -> Leased:
    assert row.mobile is not None
    return Leased(row.batch_id, row.line, row.fence, row.number, row.mobile, row.language)


def _answer(person: Person) -> dict[str, object]:
    answer: dict[str, object] = person.model_dump(mode="json")
    return answer
