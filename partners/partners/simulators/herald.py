"""The simulated registry's herald: tells by signed callback who died or whose record changed, again until it was heard."""

import asyncio

import structlog
from sqlalchemy import select
from starlette.datastructures import URL

from chassis.http.client import HttpClient, Unreachable
from chassis.identifiers import uuid7
from partners.callbacks import sign
from partners.registry import NoticeKind, notice_body
from partners.simulators.models import NoticeRow
from partners.simulators.world import World

log = structlog.get_logger("partners")
_JSON = {"content-type": "application/json"}
_SERVER_ERROR = 500


class Herald:
    """Tells notices. `run` keeps telling what is still untold."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._http: HttpClient | None = None
        self._telling = asyncio.Lock()
        self.notice_url = world.settings.notice_url

    async def announce(self, person: str, kind: NoticeKind) -> NoticeRow:
        """Write a notice down and tell it now."""
        row = NoticeRow(
            person=person, kind=kind, happened_at=self._world.clock.now(), message_id=f"msg_{uuid7()}", tries=0
        )
        async with self._world.transaction() as session:
            session.add(row)
        await self.tell_all()
        async with self._world.transaction() as session:
            return await session.get_one(NoticeRow, row.id)

    async def tell_all(self) -> None:
        """Tell every untold notice once, oldest first, until one cannot be told."""
        async with self._telling:
            async with self._world.transaction() as session:
                untold = select(NoticeRow).where(NoticeRow.told_at.is_(None)).order_by(NoticeRow.id)
                rows = list(await session.scalars(untold))
            for row in rows:
                if not await self._tell(row):
                    return

    async def run(self) -> None:
        """Rounds over the untold until cancelled."""
        while True:
            await asyncio.sleep(self._world.settings.callback_round_s)
            try:
                await self.tell_all()
            except Exception:  # an edge: a round that fails must not end all rounds
                log.exception("notices.round_failed")

    async def aim(self, notice_url: str) -> None:
        """Tell notices to another address from now on."""
        await self.close()
        self.notice_url = notice_url

    async def close(self) -> None:
        if self._http is not None:
            client, self._http = self._http, None
            await client.close()

    async def _tell(self, row: NoticeRow) -> bool:
        if not self.notice_url:
            return False
        body = notice_body(row.person, _kind(row), row.happened_at)
        headers = sign(self._world.settings.notice_secret, row.message_id, self._world.clock.now(), body)
        try:
            path = URL(self.notice_url).path
            response = await self._client().request("POST", path, content=body, headers={**headers, **_JSON})
        except Unreachable:
            await self._note(row.id, None)
            return False
        await self._note(row.id, response.status_code)
        return response.status_code < _SERVER_ERROR

    def _client(self) -> HttpClient:
        if self._http is None:
            self._http = HttpClient("platform", str(URL(self.notice_url).replace(path="", query="", fragment="")))
        return self._http

    async def _note(self, notice_id: int, answer_code: int | None) -> None:
        heard = answer_code is not None and answer_code < _SERVER_ERROR
        async with self._world.transaction() as session:
            row = await session.get_one(NoticeRow, notice_id)
            row.tries += 1
            row.answer_code = answer_code
            row.told_at = self._world.clock.now() if heard else None


def _kind(row: NoticeRow) -> NoticeKind:
    for kind in ("died", "stopped", "changed"):
        if row.kind == kind:
            return kind
    raise ValueError(f"no notice is called {row.kind}")
