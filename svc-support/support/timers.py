"""Deadlines of tickets that fire by themselves."""

from uuid import UUID

from chassis.database import Session
from chassis.timers import Timers
from support.actions.close import ANSWER_AWAITED, CLOSE_BY_SILENCE, close_by_silence
from support.actions.escalate import PROMISE_MISSED, escalate
from support.wiring import Support

timers = Timers()


@timers.on(PROMISE_MISSED)
async def promise_missed(service: Support, session: Session, subject: str) -> None:
    """The promised day is over."""
    await escalate(service, session, UUID(subject))


@timers.on(CLOSE_BY_SILENCE)
async def silence(service: Support, session: Session, subject: str) -> None:
    """Nobody objected to how a ticket was processed."""
    await close_by_silence(service, session, UUID(subject))


@timers.on(ANSWER_AWAITED)
async def no_answer(service: Support, session: Session, subject: str) -> None:
    """A returned ticket was never answered."""
    await close_by_silence(service, session, UUID(subject))
