"""Deadlines of identity that fire by themselves."""

from uuid import UUID

from chassis.database import Session
from chassis.timers import Timers
from contracts.authority import Actor
from identity.actions.confirm import LAPSE_TIMER
from identity.domain.account import AccountFacts, Action, Status
from identity.queries import account_by_id
from identity.wiring import Identity

timers = Timers()


@timers.on(LAPSE_TIMER)
async def lapse_registration(service: Identity, session: Session, subject: str) -> None:
    """Nobody came to activate the account in time: the number is free to register again."""
    account = await account_by_id(session, UUID(subject), lock=True)
    if account is None or account.status != Status.REGISTERED:
        return
    facts = AccountFacts(today=service.clock.today(), kind=account.kind)
    account.move(session, Action.LAPSE, by=Actor.SYSTEM, actor=Actor.SYSTEM, facts=facts, now=service.clock.now())
