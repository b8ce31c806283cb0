"""Take a batch: many activations handed in at once, written down whole in the request's transaction, worked later.

Staff's batch waits for a second member of staff; a client's (a bank, a kiosk) begins at once, because the client proved
each person before it was let in.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find, require_role
from chassis.database import Session, wake_after_commit
from chassis.identifiers import new_reference, uuid7
from chassis.refusals import Conflict, Forbidden, Invalid
from contracts.authority import Actor, StaffRole
from identity.domain.account import Channel
from identity.domain.batch import OPEN_STATES, Row, RowState
from identity.models import ActivationBatch, ActivationRow, Client
from identity.wiring import Identity

WAKE = "batches"
SCOPE = "activations"
STAFF = (StaffRole.OFFICER, StaffRole.OPERATOR)
_CLIENTS = frozenset({Channel.KIOSK, Channel.BANK})
_STAFFED = frozenset({Channel.OFFICE, Channel.AIRPORT})
_INSERTED_AT_ONCE = 1_000


class BatchReleased(Conflict):
    """The batch is being worked already."""

    slug = "batch-released"


async def take_batch(
    service: Identity, session: Session, principal: Principal, rows: Sequence[Row], channel: Channel
) -> ActivationBatch:
    """Write down a batch and every row of it. Raises Forbidden, or Invalid when it is empty or too long."""
    most = service.rules().number("identity.batch.most_rows")
    if not 0 < len(rows) <= most:
        raise Invalid("batch-too-long" if rows else "batch-empty", details={"rows": len(rows), "most": most})
    standing, channel, office = await _standing(service, session, principal, channel)
    at_once = standing == Actor.CLIENT or not service.rules().flag("identity.batch.second_staff")
    batch = _batch(service, principal.subject, standing, channel, office, len(rows), at_once=at_once)
    await write_rows(service, session, batch, rows)
    _act(service, session, principal, batch, "take_batch")
    session.info["owner"] = batch.person
    return batch


async def release_batch(service: Identity, session: Session, principal: Principal, batch_id: UUID) -> ActivationBatch:
    """A second member of staff lets a batch begin. Raises NotFound, Forbidden or BatchReleased."""
    now = service.clock.now()
    await require_role(session, principal, STAFF, now)
    batch = await find(session, sa.select(ActivationBatch).where(ActivationBatch.id == batch_id).with_for_update())
    if batch.person == principal.subject:
        raise Forbidden("own-batch")
    if batch.released_at is not None:
        raise BatchReleased
    batch.released_at, batch.released_by = now, principal.subject
    await session.execute(
        sa.update(ActivationRow)
        .where(ActivationRow.batch_id == batch_id, ActivationRow.state == RowState.HELD)
        .values(state=str(RowState.WAITING), next_attempt_at=sa.func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    await finish_batches(service, session, [batch_id])
    _act(service, session, principal, batch, "release_batch")
    wake_after_commit(session, WAKE)
    return batch


async def take_batch_here(
    service: Identity, session: Session, rows: Sequence[Row], channel: Channel, office: str
) -> ActivationBatch:
    """The same from the command line: whoever may run commands on the machine needs nobody's release."""
    batch = _batch(service, "command", str(Actor.OPERATOR), channel, office, len(rows), at_once=True)
    await write_rows(service, session, batch, rows)
    return batch


async def write_rows(service: Identity, session: Session, batch: ActivationBatch, rows: Sequence[Row]) -> None:
    """The batch and all its rows, some hundreds a statement."""
    session.add(batch)
    await session.flush()
    written = [_written(batch, row) for row in rows]
    for start in range(0, len(written), _INSERTED_AT_ONCE):
        await session.execute(sa.insert(ActivationRow), written[start : start + _INSERTED_AT_ONCE])
    await finish_batches(service, session, [batch.id])
    wake_after_commit(session, WAKE)


async def finish_batches(service: Identity, session: Session, batch_ids: Sequence[UUID]) -> None:
    """Note of these batches which have no row left to be worked."""
    left = sa.exists().where(ActivationRow.batch_id == ActivationBatch.id, ActivationRow.state.in_(OPEN_STATES))
    await session.execute(
        sa.update(ActivationBatch)
        .where(ActivationBatch.id.in_(batch_ids), ActivationBatch.finished_at.is_(None), ~left)
        .values(finished_at=service.clock.now())
        .execution_options(synchronize_session=False)
    )


async def _standing(
    service: Identity, session: Session, principal: Principal, channel: Channel
) -> tuple[str, Channel, str]:
    """As what they hand it in, where the people in it proved themselves, and at whose office."""
    if principal.kind == Actor.CLIENT:
        named = await session.scalar(sa.select(Client.channel).where(Client.id == principal.client))
        if named not in _CLIENTS:
            raise Forbidden("role-needed", details={"channels": sorted(_CLIENTS)})
        return str(Actor.CLIENT), Channel(named), principal.client
    held = await require_role(session, principal, STAFF, service.clock.now())
    if channel not in _STAFFED:
        raise Invalid("channel-not-yours", details={"channels": sorted(_STAFFED)})
    role = min(held)
    return role, channel, min(held[role])


def _batch(
    service: Identity, person: str, standing: str, channel: Channel, office: str, rows: int, *, at_once: bool
) -> ActivationBatch:
    now = service.clock.now()
    return ActivationBatch(
        id=uuid7(),
        reference=new_reference("BAT"),
        person=person,
        standing=standing,
        channel=str(channel),
        office=office,
        rows=rows,
        opened_at=now,
        released_at=now if at_once else None,
    )


def _written(batch: ActivationBatch, row: Row) -> dict[str, object]:
    open_state = RowState.WAITING if batch.released_at else RowState.HELD
    return {
        "batch_id": batch.id,
        "line": row.line,
        "handed_in_by": batch.person,
        "number": row.number,
        "mobile": None if row.faults else row.mobile,
        "language": row.language,
        "state": str(RowState.REFUSED if row.faults else open_state),
        "reasons": list(row.faults),
        "settled_at": batch.opened_at if row.faults else None,
    }


def _act(service: Identity, session: Session, principal: Principal, batch: ActivationBatch, action: str) -> None:
    audit.act(
        session,
        service,
        principal,
        standing=batch.standing,
        person=batch.person,
        action=action,
        object_=str(batch.id),
        reason=f"{batch.rows} rows",
        rules=dict(service.rules().used),
    )
