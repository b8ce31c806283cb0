"""Take a notice of the registry: who died, or may not be served any more, is out within the transaction that hears it.

The account is suspended, its sessions and tokens end, relations from and to a dead person are closed and said; nothing
of it waits for another question to the registry. What merely changed is asked about anew.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis import facts
from chassis.database import Session
from chassis.models import FactRow, RelationRow
from contracts.authority import PERSON_RELATIONS
from identity.actions.relate import end_relation
from identity.actions.suspend import suspend_deceased, suspend_stopped
from identity.domain.account import Status
from identity.models import RegistryNotice
from identity.queries import REGISTRY_PERSON, account_of
from identity.wiring import NAME, Identity
from partners.registry import Notice


async def take_notice(service: Identity, session: Session, notice: Notice) -> bool:
    """Apply a notice; False when it was applied before."""
    now = service.clock.now()
    fresh = await session.scalar(
        insert(RegistryNotice)
        .values(
            message_id=notice.message_id,
            person=notice.person,
            kind=notice.kind,
            happened_at=notice.happened_at,
            taken_at=now,
        )
        .on_conflict_do_nothing()
        .returning(RegistryNotice.message_id)
    )
    if fresh is None:
        return False
    account = await account_of(session, notice.person, lock=True)
    may_be_stopped = account is not None and account.status in (Status.ACTIVE, Status.REGISTERED)
    if notice.kind == "died":
        await _note_death(session, notice)
        await _close_relations(service, session, notice.person)
        if may_be_stopped and account is not None:
            await suspend_deceased(service, session, account)
    elif notice.kind == "stopped":
        if may_be_stopped and account is not None:
            await suspend_stopped(service, session, account)
    else:
        await facts.ask(session, service, notice.person, [REGISTRY_PERSON], now)
    return True


async def _note_death(session: Session, notice: Notice) -> None:
    """What is kept of the registry's last answer agrees with its newest word at once."""
    await session.execute(
        sa.update(FactRow)
        .where(FactRow.subject == notice.person, FactRow.kind == REGISTRY_PERSON, FactRow.value.has_key("alive"))
        .values(value=FactRow.value.concat(sa.cast({"alive": False}, FactRow.value.type)))
        .execution_options(synchronize_session=False)
    )


async def _close_relations(service: Identity, session: Session, person: str) -> None:
    rows = await session.scalars(
        sa.select(RelationRow)
        .where(
            RelationRow.relation.in_([str(each) for each in PERSON_RELATIONS]),
            sa.or_(RelationRow.subject == person, RelationRow.object == person),
            RelationRow.ends_at.is_(None),
            RelationRow.source == NAME,
        )
        .order_by(RelationRow.id)
        .with_for_update()
    )
    for row in list(rows):
        await end_relation(service, session, row)
