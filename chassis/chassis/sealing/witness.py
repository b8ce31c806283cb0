"""Keeping the heads of other services' chains: a cut or rewritten end is found by comparing with them."""

from sqlalchemy.dialects.postgresql import insert

from chassis.audit.rows import SealHeadRow
from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.wiring import Service
from contracts.events_audit import AuditSealed


def witness(reactions: Reactions, *events: type[AuditSealed]) -> None:
    """Declare the reactions that keep these services' heads here."""
    for event in events:
        reactions.act(event)(_keep)


async def _keep(service: Service, session: Session, event: AuditSealed) -> None:
    """The first word stands: a seal that is said again otherwise is kept out, and found by verifying."""
    kept = insert(SealHeadRow).values(
        chain=event.producer(),
        number=event.number,
        last_seq=event.last_seq,
        rows=event.rows,
        digest=event.digest,
        sealed_at=event.sealed_at,
    )
    await session.execute(kept.on_conflict_do_nothing())
