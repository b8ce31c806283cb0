"""Take in what other services tell: which acts are blocked, and how a person's mobile ends."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from contracts.events import ContactChanged, IqamaRenewalBlocked
from support.actions.track import tracking_index
from support.domain.ticket import Status
from support.models import BlockedAct, Contact, Ticket
from support.wiring import Support

TRACKED_DIGITS = 4


async def keep_blocked_act(service: Support, session: Session, event: IqamaRenewalBlocked) -> None:
    """Keep what blocks a renewal, and verify the open tickets that were written about it before this was known."""
    values = {
        "service": event.producer(),
        "reference": event.reference,
        "person": event.person,
        "applicant": event.applicant,
        "missing": event.missing,
        "blocked_at": service.clock.now(),
    }
    await session.execute(
        insert(BlockedAct)
        .values(case_id=event.renewal_id, **values)
        .on_conflict_do_update(index_elements=["case_id"], set_=values)
    )
    await session.execute(
        sa.update(Ticket)
        .where(
            Ticket.case_id == event.renewal_id,
            Ticket.case_is_verified.is_(False),
            Ticket.status != Status.CLOSED,
            Ticket.person.in_([event.applicant, event.person]),
        )
        .values(case_is_verified=True, case_reference=event.reference, missing=event.missing)
        .execution_options(synchronize_session=False)
    )


async def keep_contact(service: Support, session: Session, event: ContactChanged) -> None:
    """Keep the mobile's last digits; open tickets are tracked by the new ones from now on."""
    end = event.mobile[-TRACKED_DIGITS:]
    contact = await session.get(Contact, event.person)
    if contact is None:
        session.add(Contact(person=event.person, mobile_end=end))
    else:
        contact.mobile_end = end
    tickets = await session.scalars(
        sa.select(Ticket).where(Ticket.person == event.person, Ticket.status != Status.CLOSED)
    )
    for ticket in tickets:
        ticket.tracking_index = tracking_index(service, ticket.reference, end)
