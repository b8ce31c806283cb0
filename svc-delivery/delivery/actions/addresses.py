"""A person's registered addresses: known from the post's last answer while it is fresh, else asked for."""

from datetime import timedelta

from chassis import facts
from chassis.database import Session
from delivery.wiring import Delivery

ADDRESSES = "post.addresses"


async def known_addresses(service: Delivery, session: Session, person: str) -> facts.Fact | None:
    """What the post told of this person's addresses, while the rule calls it fresh."""
    fresh_for = timedelta(seconds=service.rules().table("delivery.facts.fresh_for")["addresses"])
    known = await facts.known(session, person, {ADDRESSES: fresh_for}, service.clock.now())
    return known[ADDRESSES]


async def ask_addresses(service: Delivery, session: Session, person: str) -> None:
    """Have the post asked, unless it is being asked."""
    await facts.ask(session, service, person, [ADDRESSES], service.clock.now())
