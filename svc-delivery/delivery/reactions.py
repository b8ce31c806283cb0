"""What delivery listens to: printed documents, contacts, relations, and whose account is frozen."""

from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.freezes import copy_freezes
from chassis.relation_copies import copy_relations
from contracts.events import ApplicationPrinted, ContactChanged
from delivery.actions.contact import keep_contact
from delivery.actions.order import order
from delivery.models import AccountFreeze
from delivery.wiring import Delivery

reactions = Reactions()
copy_relations(reactions)
copy_freezes(reactions, AccountFreeze)


@reactions.act(ApplicationPrinted)
async def order_delivery(service: Delivery, session: Session, event: ApplicationPrinted) -> None:
    """A document exists and waits for its envelope."""
    await order(service, session, event)


@reactions.copy(ContactChanged)
async def copy_contact(service: Delivery, session: Session, event: ContactChanged) -> None:
    """How a person is reached now."""
    await keep_contact(service, session, event)
