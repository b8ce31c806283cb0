"""What notify does when something happened: one function per event, each one call into the actions."""

from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.relation_copies import mark_relations
from contracts import events
from notify.actions.keep_contact import keep_contact
from notify.actions.keep_relation import keep_relation
from notify.actions.tell import tell
from notify.domain.telling import TABLE
from notify.wiring import Notify

reactions = Reactions()
mark_relations(reactions)


@reactions.copy(events.ContactChanged)
async def on_contact_changed(service: Notify, session: Session, event: events.ContactChanged) -> None:
    await keep_contact(service, session, event)


@reactions.copy(events.RelationChanged)
async def on_relation_changed(service: Notify, session: Session, event: events.RelationChanged) -> None:
    await keep_relation(service, session, event)


# The table says which events are told; a function for each would say it a second time.
for rule in TABLE:

    @reactions.act(rule.event)
    async def on_change_of_record(service: Notify, session: Session, event: events.Event) -> None:
        await tell(service, session, event)
