"""Crash points: places where a process dies at once, with a chance, wrapped around the product's functions from outside."""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _die(chance: random.Random, percent: float) -> None:
    if chance.random() * 100 < percent:
        os._exit(137)


def flaky_reactions(chance: random.Random, percent: float) -> None:
    """A share of reactions fails the first time; the same in clean and planted runs."""
    from chassis.events.reactions import Reaction

    made = Reaction.__init__
    failed: set[str] = set()

    @functools.wraps(made)
    def init(self: Any, event: Any, kind: Any, run: Any) -> None:
        async def sometimes(service: Any, session: Any, told: Any) -> None:
            name = told.aggregate + told.key
            if name not in failed and chance.random() * 100 < percent:
                failed.add(name)
                raise RuntimeError("planted failure of a reaction")
            await run(service, session, told)

        made(self, event, kind, sometimes)

    Reaction.__init__ = init  # type: ignore[method-assign]


def _after_publish(chance: random.Random, percent: float) -> None:
    from chassis.events.rabbit import RabbitBus

    publish = RabbitBus.publish

    async def then_die(self: Any, envelopes: Any) -> Any:
        results = await publish(self, envelopes)
        _die(chance, percent)
        return results

    RabbitBus.publish = then_die  # type: ignore[method-assign]


def _after_inbox_commit(chance: random.Random, percent: float) -> None:
    from chassis.events.inbox import Inbox

    deliver = Inbox.deliver

    async def then_die(self: Any, message: bytes, *, type_hint: str, attempts: int) -> None:
        await deliver(self, message, type_hint=type_hint, attempts=attempts)
        _die(chance, percent)

    Inbox.deliver = then_die  # type: ignore[method-assign]


def _in_reaction(chance: random.Random, percent: float) -> None:
    from chassis.events.inbox import Inbox

    apply = Inbox._apply

    async def die_first(self: Any, envelope: Any, reaction: Any, event: Any) -> None:
        _die(chance, percent)
        await apply(self, envelope, reaction, event)

    Inbox._apply = die_first  # type: ignore[method-assign]


def _after_accept(chance: random.Random, percent: float) -> None:
    from partners.intents.texts import TextSender

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        async def then_die(*given: Any, **named: Any) -> Any:
            outcome = await call(*given, **named)
            _die(chance, percent)
            return outcome

        return then_die

    TextSender._send = dying(TextSender._send)  # type: ignore[method-assign]


def _before_answer(chance: random.Random, percent: float) -> None:
    from chassis.http import context

    call = context.RequestContext.__call__

    async def die_before_answer(self: Any, scope: Any, receive: Any, send: Any) -> None:
        async def dying(message: Any) -> None:
            if message["type"] == "http.response.start" and scope.get("method") == "POST":
                _die(chance, percent)
            await send(message)

        await call(self, scope, receive, dying)

    context.RequestContext.__call__ = die_before_answer  # type: ignore[method-assign]


def _third_accept(chance: random.Random, percent: float) -> None:
    """Die right after the operator took the third text, once in a run: the rig's mark tells whether it happened."""
    from partners.intents.texts import TextSender

    mark, send = Path(os.environ["FAULTS_MARK"]), TextSender._send
    taken: list[None] = []

    async def then_die(self: Any, *given: Any, **named: Any) -> Any:
        outcome = await send(self, *given, **named)
        taken.append(None)
        if len(taken) == 3 and not mark.exists():
            mark.touch()
            os._exit(137)
        return outcome

    TextSender._send = then_die  # type: ignore[method-assign]


POINTS: dict[str, Callable[[random.Random, float], None]] = {
    "relay.after_publish": _after_publish,
    "inbox.after_commit": _after_inbox_commit,
    "inbox.before_apply": _in_reaction,
    "sender.after_accept": _after_accept,
    "sender.third_accept": _third_accept,
    "api.before_answer": _before_answer,
}
