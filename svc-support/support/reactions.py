"""What the support service does about other services' events: one call each."""

from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.relation_copies import copy_relations
from chassis.sealing.witness import witness
from contracts.events import ContactChanged, IdentityAuditSealed, IqamaRenewalBlocked
from support.actions.learn import keep_blocked_act, keep_contact
from support.wiring import Support

reactions = Reactions()
copy_relations(reactions)
witness(reactions, IdentityAuditSealed)


@reactions.act(IqamaRenewalBlocked)
async def renewal_blocked(service: Support, session: Session, event: IqamaRenewalBlocked) -> None:
    """A ticket may start from it."""
    await keep_blocked_act(service, session, event)


@reactions.copy(ContactChanged)
async def contact_changed(service: Support, session: Session, event: ContactChanged) -> None:
    """Tracking asks for the new number's end."""
    await keep_contact(service, session, event)
