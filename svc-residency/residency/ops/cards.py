"""The first four numbers of residency: renewals due soon, what waits and since when, what is blocked, visas issued."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis.clock import RIYADH
from chassis.database import Session
from chassis.ops import Card
from residency import figures
from residency.wiring import Residency

Ask = Callable[[Session], Awaitable[Card]]
DUE_SOON = "residency.iqama_renewal.due_soon"
PATIENCE = "residency.facts.patience"


def cards(service: Residency) -> tuple[Ask, ...]:
    """The cards of the overview, each asked when the page is drawn."""

    async def due_soon(session: Session) -> Card:
        days = service.rules().number(DUE_SOON)
        return Card("ops.card.renewals-due", await figures.due_soon(session, service.clock.today(), days))

    async def waiting(session: Session) -> Card:
        found = await figures.waiting(session)
        patience = timedelta(seconds=service.rules().number(PATIENCE))
        is_late = found.since is not None and service.clock.now() - found.since > patience
        since = None if found.since is None else found.since.astimezone(RIYADH).strftime("%Y-%m-%d %H:%M")
        return Card("ops.card.waiting-for-bodies", found.count, since, is_bad=is_late)

    async def blocked(session: Session) -> Card:
        reasons = await figures.blocked_by(session)
        note = " · ".join(f"{name} {count}" for name, count in list(reasons.items())[:2]) or None
        return Card("ops.card.blocked", await figures.blocked(session), note)

    async def issued(session: Session) -> Card:
        an_hour_ago = service.clock.now() - timedelta(hours=1)
        return Card("ops.card.visas-issued", await figures.issued_since(session, an_hour_ago))

    return due_soon, waiting, blocked, issued
