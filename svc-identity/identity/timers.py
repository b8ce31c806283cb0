"""Deadlines of identity that fire by themselves."""

import asyncio
from datetime import timedelta
from uuid import UUID

from chassis.database import Session, Sight, is_away
from chassis.timers import Timers, arm
from contracts.authority import Actor
from identity.actions.authorisation.end import expire
from identity.actions.authorisation.moving import EXPIRES
from identity.actions.change_role import EXPIRES as ROLE_CHANGE_EXPIRES
from identity.actions.change_role import expire as expire_change
from identity.actions.confirm import LAPSE_TIMER
from identity.actions.forget import BATCH, forget
from identity.actions.tally import tally_move
from identity.domain.account import AccountFacts, Action, Status
from identity.queries import account_by_id
from identity.wiring import Identity

FORGET_TIMER = "forget_spent"
EVERYTHING = "everything"
SIGHT = Sight.system("timers")
_AGAIN_S = 1.0

timers = Timers()


@timers.on(LAPSE_TIMER)
async def lapse_registration(service: Identity, session: Session, subject: str) -> None:
    """Nobody came to activate the account in time: its number has to be registered again."""
    account = await account_by_id(session, UUID(subject), lock=True)
    if account is None or account.status != Status.REGISTERED:
        return
    facts = AccountFacts(today=service.clock.today(), kind=account.kind)
    account.move(session, Action.LAPSE, by=Actor.SYSTEM, actor=Actor.SYSTEM, facts=facts, now=service.clock.now())
    await tally_move(service, session, Status.REGISTERED, account.status)


@timers.on(EXPIRES)
async def expire_authorisation(service: Identity, session: Session, subject: str) -> None:
    """An authorisation's days are over, or it was not answered in time."""
    await expire(service, session, UUID(subject))


@timers.on(ROLE_CHANGE_EXPIRES)
async def expire_role_change(service: Identity, session: Session, subject: str) -> None:
    """No second administrator decided in time."""
    await expire_change(service, session, UUID(subject))


@timers.on(FORGET_TIMER)
async def forget_spent(service: Identity, session: Session, subject: str) -> None:
    """Delete what is spent, and come again: soon when there is more, else after a while."""
    gone = await forget(service, session)
    pause = 0 if gone >= BATCH else service.rules().number("identity.forget.every")
    await arm(session, FORGET_TIMER, subject, service.clock.now() + timedelta(seconds=pause))


async def begin_forgetting(service: Identity, stopping: asyncio.Event) -> None:
    """Arm the round when a worker starts: somebody has to begin, and one that died is healed by a restart."""
    while not stopping.is_set():
        try:
            async with service.database.transaction(SIGHT) as session:
                await arm(session, FORGET_TIMER, EVERYTHING, service.clock.now())
            return
        except Exception as error:  # edge: a worker may start before its database answers
            if not is_away(error):
                raise
            await asyncio.sleep(_AGAIN_S)
