"""Reactions: one function per event a service listens to, each declaring how order and repeats are to be treated."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from chassis.database import Session
from contracts.envelope import Envelope
from contracts.event import Event

E = TypeVar("E", bound=Event)
Run = Callable[[Any, Session, Any], Awaitable[None]]


class Kind(StrEnum):
    """`copy` keeps the newest; `act` applies every event once, in order; `mark` only says how far the others have come."""

    COPY = "copy"
    ACT = "act"
    MARK = "mark"


@dataclass(frozen=True)
class Reaction:
    event: type[Event]
    kind: Kind
    run: Run


class Reactions:
    """The events one service takes in, by key."""

    def __init__(self) -> None:
        self.by_key: dict[str, Reaction] = {}

    def act(
        self, event: type[E]
    ) -> Callable[[Callable[[Any, Session, E], Awaitable[None]]], Callable[[Any, Session, E], Awaitable[None]]]:
        """`@reactions.act(SomethingHappened)`: every one, once, in the aggregate's order."""
        return self._declare(event, Kind.ACT)

    def copy(
        self, event: type[E]
    ) -> Callable[[Callable[[Any, Session, E], Awaitable[None]]], Callable[[Any, Session, E], Awaitable[None]]]:
        """`@reactions.copy(SomethingChanged)`: the newest state; an older event is recorded as superseded."""
        return self._declare(event, Kind.COPY)

    def mark(
        self, event: type[E]
    ) -> Callable[[Callable[[Any, Session, E], Awaitable[None]]], Callable[[Any, Session, E], Awaitable[None]]]:
        """`@reactions.mark(SomethingCurrent)`: run in its turn, kept by nobody, lost without harm: another follows."""
        return self._declare(event, Kind.MARK)

    def _declare(
        self, event: type[E], kind: Kind
    ) -> Callable[[Callable[[Any, Session, E], Awaitable[None]]], Callable[[Any, Session, E], Awaitable[None]]]:
        def keep(run: Callable[[Any, Session, E], Awaitable[None]]) -> Callable[[Any, Session, E], Awaitable[None]]:
            if event.key in self.by_key:
                raise ValueError(f"two reactions to {event.key}")
            self.by_key[event.key] = Reaction(event, kind, run)
            return run

        return keep

    @property
    def keys(self) -> list[str]:
        return sorted(self.by_key)


def met(session: Session, envelope: Envelope) -> None:
    """Note which event this transaction reacts to."""
    session.info["envelope"] = envelope


def envelope_of(session: Session) -> Envelope:
    """The envelope of the event being reacted to: its id and when it happened. Raises KeyError outside a reaction."""
    envelope: Envelope = session.info["envelope"]
    return envelope
