"""Frozen accounts, as identity says them: a service keeps a copy and asks it before an act of consequence.

A service has a table of its own (`Freeze`), hears of it by `copy_freezes`, and names the acts in a dated rule.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from chassis.authority import Principal
from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.wiring import Service
from contracts.events_account import AccountFrozen


class Freeze:
    """Mixin of a service's copy: one row per person whose account was ever frozen."""

    person: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(comment="an instant that has passed: not frozen any more")


def copy_freezes(reactions: Reactions, model: Any) -> None:
    """Declare the reaction that keeps this service's copy the newest."""

    @reactions.copy(AccountFrozen)
    async def keep_freeze(service: Service, session: Session, event: AccountFrozen) -> None:
        newest = insert(model).values(person=event.person, until=event.until)
        await session.execute(
            newest.on_conflict_do_update(index_elements=["person"], set_={"until": newest.excluded.until})
        )


async def frozen_until(session: Session, model: Any, principal: Principal, now: datetime) -> datetime | None:
    """Until when whoever acts is frozen, also when they act for another; None when they are not, and for staff."""
    if principal.is_staff:
        return None
    statement = sa.select(model.until).where(model.person == principal.subject, model.until > now)
    found: datetime | None = await session.scalar(statement)
    return found
