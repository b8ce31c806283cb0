"""Keeping a copy of the relations another service owns, and knowing how new the copy is.

Every service that asks about relations declares these reactions. The owner says every second how far its word has
gone out; `chassis.http.believing` reads from that whether the copy can be believed.
"""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.authority import open_relation
from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.models import RelationSource
from chassis.wiring import Service
from contracts.events_identity import RelationChanged, RelationsCurrent

_ANY = frozenset[str]()


def copy_relations(reactions: Reactions, *, scopes: Collection[str] = _ANY) -> None:
    """Declare the reactions that keep this service's copy the newest.

    `scopes`: relations good for something narrower are kept only when this service carries that.
    """

    @reactions.copy(RelationChanged)
    async def keep(service: Service, session: Session, event: RelationChanged) -> None:
        if event.scope is None or event.scope in scopes:
            await keep_relation(session, event)

    mark_relations(reactions)


def mark_relations(reactions: Reactions) -> None:
    """Declare the reaction that notes how new the copy is."""

    @reactions.mark(RelationsCurrent)
    async def note(service: Service, session: Session, event: RelationsCurrent) -> None:
        newest = insert(RelationSource).values(source=event.source, current_at=event.as_of)
        await session.execute(
            newest.on_conflict_do_update(
                index_elements=["source"],
                set_={"current_at": sa.func.greatest(RelationSource.current_at, newest.excluded.current_at)},
            )
        )


async def keep_relation(session: Session, event: RelationChanged) -> None:
    """Take one relation over, unless a newer word of its owner is here already."""
    await open_relation(
        session,
        event.relation,
        event.subject,
        event.object,
        event.starts_at,
        ends_at=event.ends_at,
        source=event.producer(),
        relation_id=event.relation_id,
        scope=event.scope,
        narrowed_to=event.narrowed_to,
        uses_allowed=event.uses_allowed,
        changed_at=event.changed_at,
    )
