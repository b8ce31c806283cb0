"""The first numbers: sent and printed today, what waits to be printed, refusals by reason, renewals without a visit."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time

from chassis.clock import RIYADH
from chassis.database import Session
from chassis.ops import Card
from passport import figures
from passport.domain.deadlines import print_is_late
from passport.wiring import Passport

Ask = Callable[[Session], Awaitable[Card]]


def cards(service: Passport) -> tuple[Ask, ...]:
    """The cards of the overview, each asked when the page is drawn."""

    def morning() -> datetime:
        return datetime.combine(service.clock.today(), time(), RIYADH)

    async def submitted(session: Session) -> Card:
        return Card("ops.card.submitted-today", await figures.submitted_since(session, morning()))

    async def printed(session: Session) -> Card:
        return Card("ops.card.printed-today", await figures.printed_on(session, service.clock.today()))

    async def to_print(session: Session) -> Card:
        found = await figures.waiting_to_print(session)
        late = found.since is not None and print_is_late(found.since, service.clock.now(), service.rules())
        since = None if found.since is None else found.since.astimezone(RIYADH).strftime("%Y-%m-%d %H:%M")
        return Card("ops.card.waiting-to-print", found.count, since, is_bad=late)

    async def refused(session: Session) -> Card:
        reasons = await figures.refused_since(session, morning())
        note = " · ".join(f"{reason} {count}" for reason, count in list(reasons.items())[:2]) or None
        return Card("ops.card.refused-today", sum(reasons.values()), note)

    async def without_a_visit(session: Session) -> Card:
        completed, by_post = await figures.completed_since(session, morning())
        return Card("ops.card.without-a-visit", by_post, f"/ {completed}")

    return submitted, printed, to_print, refused, without_a_visit
