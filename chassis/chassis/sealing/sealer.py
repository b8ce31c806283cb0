"""The sealer: a loop of the worker that seals what is settled, a few seconds behind those who write."""

import asyncio
from typing import Any

import sqlalchemy as sa
import structlog

from chassis.audit.rows import SealRow
from chassis.clock import machine_now
from chassis.database import Session, Sight, is_away
from chassis.events.outbox import record
from chassis.sealing.form import FORM, GENESIS, digest_of, lines_sql
from chassis.sealing.head_log import HeadLog
from chassis.wiring import Service
from contracts.event import REGISTRY

EVERY_S = 4.0
BATCH = 5_000
SIGHT = Sight.system("sealer")
_ALONE = sa.text("select pg_try_advisory_xact_lock(7413)")
# Two statements, in this order: whoever drew one of the places before the first answer has written to one of the tables,
# and keeps the lock on it until its rows can be seen or never will be.
_PLACE = sa.text("select case when is_called then last_value else 0 end from audit_seq")
_WRITERS = sa.text(
    "select distinct virtualtransaction from pg_locks where locktype = 'relation' and mode = 'RowExclusiveLock'"
    " and database = (select oid from pg_database where datname = current_database())"
    " and relation in ('acts'::regclass, 'looks'::regclass, 'case_moves'::regclass)"
)
_ROWS = sa.text(lines_sql(FORM, "seq > :after and seq <= :until", "limit :most"))
log = structlog.get_logger()


class Sealer:
    """Seals one service's audit until stopped. Several may run; one at a time seals."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._log = HeadLog(service.settings.seal_log) if service.settings.seal_log else None
        self._noted: tuple[int, frozenset[str]] | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until stopped; outlives a database that is away."""
        while not stopping.is_set():
            try:
                await self.seal_settled()
            except Exception as error:  # edge: the loop outlives a database that is away
                if not is_away(error):
                    log.error("sealer.failed", service=self.service.name, reason=type(error).__name__)
            try:
                await asyncio.wait_for(stopping.wait(), EVERY_S)
            except TimeoutError:
                continue

    async def seal_settled(self) -> int:
        """Seal what was noted the last time and is settled since, and note what is there now. Returns how many rows."""
        sealed = 0
        if self._noted is not None:
            place, writers = self._noted
            if writers & (await self._note())[1]:
                return 0
            while batch := await self._seal_batch(place):
                sealed += batch
        self._noted = await self._note()
        return sealed

    async def _note(self) -> tuple[int, frozenset[str]]:
        """The newest place given, and who may still be writing rows up to it."""
        async with self.service.database.transaction(SIGHT) as session:
            place = int(await session.scalar(_PLACE) or 0)
            return place, frozenset(await session.scalars(_WRITERS))

    async def _seal_batch(self, until: int) -> int:
        async with self.service.database.transaction(SIGHT) as session:
            if not await session.scalar(_ALONE):
                return 0
            last = await session.scalar(sa.select(SealRow).order_by(SealRow.number.desc()).limit(1))
            after = last.last_seq if last else 0
            rows = (await session.execute(_ROWS, {"after": after, "until": until, "most": BATCH})).all()
            if rows:
                await self._seal(session, last, [row.line for row in rows], rows[-1].seq)
        if self._log is not None:
            await self._log.catch_up(self.service)
        return len(rows)

    async def _seal(self, session: Session, last: SealRow | None, lines: list[str], last_seq: int) -> None:
        chain, number = self.service.name, (last.number if last else 0) + 1
        first_seq, previous = (last.last_seq + 1, last.digest) if last else (1, GENESIS)
        digest = digest_of(chain, number, first_seq, last_seq, FORM, previous, lines)
        session.add(
            SealRow(
                number=number,
                first_seq=first_seq,
                last_seq=last_seq,
                rows=len(lines),
                form=FORM,
                previous=previous,
                digest=digest,
            )
        )
        kind: Any = REGISTRY.get(f"{chain}.audit.sealed.v1")
        if kind is not None:
            now = machine_now()
            event = kind(chain=chain, number=number, last_seq=last_seq, rows=len(lines), digest=digest, sealed_at=now)
            await record(session, event, now)
