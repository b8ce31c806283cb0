"""The simulated courier: scans items, tells the platform by signed callback, tries again what could not be told.

The platform's answer (say, 409 for a wrong door code) is recorded with the scan and given back to who made it. Scans of
one item are told in their order: a later one waits for the earlier.
"""

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import select
from starlette.datastructures import URL

from chassis.database import Session
from chassis.http.client import HttpClient, Unreachable
from chassis.identifiers import uuid7
from partners.callbacks import sign
from partners.post import ScanKind, callback_body
from partners.simulators.models import Item, ScanRow
from partners.simulators.world import Refuses, World

log = structlog.get_logger("partners")

WALK: tuple[ScanKind, ...] = ("in_transit", "at_branch", "out_for_delivery")
_WALKING = 200  # items that walk by themselves at one time: the newest
_JSON = {"content-type": "application/json"}


class Courier:
    """Tells scans. `run` keeps telling what is still untold, and walks items when the settings say so."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._http: HttpClient | None = None
        self._telling = asyncio.Lock()
        self.callback_url = world.settings.callback_url

    async def scan(self, s10: str, kind: ScanKind, code: str | None = None, old_document: str | None = None) -> ScanRow:
        """Record a scan and tell it now. Raises Refuses `order-unknown` or `order-cancelled`."""
        async with self._world.transaction() as session:
            item = await session.scalar(select(Item).where(Item.s10 == s10))
            if item is None:
                raise Refuses("order-unknown", status=404)
            if item.cancelled_at is not None:
                raise Refuses("order-cancelled")
            row = ScanRow(
                s10=s10,
                kind=kind,
                scanned_at=self._world.clock.now(),
                code=code,
                old_document=old_document,
                message_id=f"msg_{uuid7()}",
            )
            session.add(row)
        await self.tell_all(s10)
        async with self._world.transaction() as session:
            return await session.get_one(ScanRow, row.id)

    async def tell_all(self, s10: str | None = None) -> None:
        """Tell every untold scan once, oldest first; what one item cannot be told waits with all that follows it."""
        async with self._telling:
            stuck: set[str] = set()
            for row in await self._untold(s10):
                if row.s10 not in stuck and not await self._tell(row):
                    stuck.add(row.s10)

    async def run(self) -> None:
        """Rounds over the untold scans until cancelled."""
        while True:
            await asyncio.sleep(self._world.settings.callback_round_s)
            try:
                await self.tell_all()
            except Exception:  # an edge: a round that fails must not end all rounds
                log.exception("scans.round_failed")

    async def walk(self) -> None:
        """Let every item take its next step towards the door, again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._world.settings.post_walk_s)
            try:
                for s10, kind in await self._steps():
                    await self.scan(s10, kind)
            except Exception:  # an edge: a walk that fails must not end all walks
                log.exception("scans.walk_failed")

    async def aim(self, callback_url: str) -> None:
        """Tell scans to another address from now on."""
        await self.close()
        self.callback_url = callback_url

    async def close(self) -> None:
        if self._http is not None:
            client, self._http = self._http, None
            await client.close()

    async def _untold(self, s10: str | None) -> list[ScanRow]:
        query = select(ScanRow).where(ScanRow.told_at.is_(None)).order_by(ScanRow.id)
        if s10 is not None:
            query = query.where(ScanRow.s10 == s10)
        async with self._world.transaction() as session:
            return list(await session.scalars(query))

    async def _tell(self, row: ScanRow) -> bool:
        """Send one callback, a few times if need be; the first answer below 500 ends it."""
        if not self.callback_url:
            return False
        body = callback_body(row.s10, row.kind, row.scanned_at, code=row.code, old_document=row.old_document)
        for attempt in range(self._world.settings.callback_tries):
            headers = sign(self._world.settings.callback_secret, row.message_id, self._world.clock.now(), body)
            try:
                response = await self._client().request(
                    "POST", URL(self.callback_url).path, content=body, headers={**headers, **_JSON}
                )
            except Unreachable:
                await self._note(row.id, None, None)
                await asyncio.sleep(0.05 * 2**attempt)
                continue
            answer: dict[str, Any] | None = None
            with suppress(ValueError):
                told = response.json() if response.content else None
                answer = told if isinstance(told, dict) else None
            await self._note(row.id, response.status_code, answer)
            return True
        return False

    def _client(self) -> HttpClient:
        if self._http is None:
            base = str(URL(self.callback_url).replace(path="", query="", fragment=""))
            self._http = HttpClient("platform", base)
        return self._http

    async def _note(self, scan_id: int, answer_code: int | None, answer: dict[str, Any] | None) -> None:
        async with self._world.transaction() as session:
            row = await session.get_one(ScanRow, scan_id)
            row.tries += 1
            row.answer_code, row.answer = answer_code, answer
            row.told_at = self._world.clock.now() if answer_code is not None else None

    async def _steps(self) -> list[tuple[str, ScanKind]]:
        """The next step of every item that has not reached its door."""
        async with self._world.transaction() as session:
            newest = (
                select(Item.s10).where(Item.cancelled_at.is_(None)).order_by(Item.ordered_at.desc()).limit(_WALKING)
            )
            items = list(await session.scalars(newest))
            lasts = {s10: await _last_kind(session, s10) for s10 in items}
        following = dict(zip((None, *WALK), WALK, strict=False))
        return [(s10, following[last]) for s10, last in lasts.items() if last in following]


async def _last_kind(session: Session, s10: str) -> str | None:
    kind: str | None = await session.scalar(
        select(ScanRow.kind).where(ScanRow.s10 == s10).order_by(ScanRow.id.desc()).limit(1)
    )
    return kind
