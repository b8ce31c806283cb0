"""Faults on demand: those scripted through the control call, and those a magic number carries.

down         503 before anything is done
error        500 before anything is done
slow         so many seconds late, then as usual
drop_answer  done as usual, then the connection is cut instead of answered: the caller cannot know
"""

import asyncio
import time
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partners.simulators.magic import FaultKind, magic_of

_SERVER_ERROR, _AWAY = 500, 503


class BodyFails(Exception):
    """The body answers 500 or 503 and has done nothing."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind)
        self.status = _AWAY if kind == "down" else _SERVER_ERROR


@dataclass
class Script:
    """A fault for the next `count` questions to a body, or for all until a machine instant."""

    kind: FaultKind
    count: int | None
    until: float | None
    seconds: float

    def is_over(self) -> bool:
        return self.count == 0 or (self.until is not None and time.monotonic() >= self.until)


@dataclass
class Turn:
    """The question being handled now: whether its answer shall be lost."""

    drop: bool = False


_turn: ContextVar[Turn | None] = ContextVar("partners_turn", default=None)


@dataclass
class Faults:
    """All faults of all bodies, in memory: a restart ends them."""

    scripts: dict[str, list[Script]] = field(default_factory=dict)
    met: Counter[tuple[str, str]] = field(default_factory=Counter)

    def script(
        self, body: str, kind: FaultKind, *, count: int | None = None, lasting: float | None = None, seconds: float = 0
    ) -> None:
        """Plan a fault for `count` questions, or for all within `lasting` machine seconds; `seconds` is how slow."""
        until = None if lasting is None else time.monotonic() + lasting
        if count is None and until is None:
            count = 1
        self.scripts.setdefault(body, []).append(Script(kind, count, until, seconds))

    def clear(self) -> None:
        self.scripts.clear()
        self.met.clear()

    def take(self, body: str) -> Script | None:
        """The scripted fault this question to a body meets, used up by it."""
        waiting = self.scripts[body] = [script for script in self.scripts.get(body, []) if not script.is_over()]
        if not waiting:
            return None
        script = waiting[0]
        if script.count is not None:
            script.count -= 1
        return script

    async def meet(self, body: str, number: str) -> None:
        """Show the fault that a person's magic number plans for this body. Raises BodyFails."""
        planned = magic_of(number).faults.get(body)
        if planned is None:
            return
        self.met[body, number] += 1
        if planned.times is None or self.met[body, number] <= planned.times:
            await show(planned.kind, planned.seconds)


async def show(kind: FaultKind, seconds: float) -> None:
    """Let the question being handled meet a fault. Raises BodyFails."""
    if kind == "slow":
        await asyncio.sleep(seconds)
    elif kind == "drop_answer":
        if turn := _turn.get():
            turn.drop = True
    else:
        raise BodyFails(kind)


class FaultyWire:
    """ASGI middleware: scripted faults on the way in, lost answers on the way out. The first path segment is the body."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        turn = Turn()
        token = _turn.set(turn)
        try:
            await self._handle(scope, receive, send, turn)
        finally:
            _turn.reset(token)

    async def _handle(self, scope: Scope, receive: Receive, send: Send, turn: Turn) -> None:
        script = self._faults.take(scope["path"].split("/")[1])
        if script is not None:
            try:
                await show(script.kind, script.seconds)
            except BodyFails as fails:
                await _answer_nothing_but(fails.status, send)
                return
        cut = False

        async def send_or_cut(message: Message) -> None:
            nonlocal cut
            if not turn.drop:
                await send(message)
            elif not cut:
                # A head that promises octets which never come: the server closes the connection on us.
                cut = True
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})

        await self._app(scope, receive, send_or_cut)


async def _answer_nothing_but(status: int, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
