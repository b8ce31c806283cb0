"""Keeping a copy of the relations another service owns: every service that asks about them declares this reaction."""

from chassis.authority import open_relation
from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.wiring import Service
from contracts.events_identity import RelationChanged


def copy_relations(reactions: Reactions) -> None:
    """Declare the reaction that keeps this service's copy of relations and roles the newest."""

    @reactions.copy(RelationChanged)
    async def keep_relation(service: Service, session: Session, event: RelationChanged) -> None:
        await open_relation(
            session,
            event.relation,
            event.subject,
            event.object,
            event.starts_at,
            ends_at=event.ends_at,
            source=event.producer(),
            relation_id=event.relation_id,
        )
