"""Reads that have a name, each starting from what its reader may see."""

import uuid
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from chassis.authority import Principal, visible
from chassis.database import Session
from chassis.models import CaseMoveRow, RelationRow
from contracts.authority import Relation
from delivery.domain.shipment import SHIPMENT, WITH_CARRIER, Status
from delivery.models import Contact, Custody, DoorCode, Office, Scan, Shipment

SEEN_THROUGH = (Relation.HOUSEHOLD_HEAD,)
_AT_THE_DESK = (Status.LABELLED, Status.PACKED)


def shipments_of(principal: Principal, now: datetime) -> sa.Select[Shipment]:
    """The shipments a person sees: their own and those of their household."""
    return sa.select(Shipment).where(visible(principal, Shipment.person, through=SEEN_THROUGH, now=now))


def one_of(principal: Principal, shipment_id: uuid.UUID, now: datetime) -> sa.Select[Shipment]:
    """One of them."""
    return shipments_of(principal, now).where(Shipment.id == shipment_id)


def to_be_packed(reference: str | None = None) -> sa.Select[Shipment]:
    """What lies at the packing desk: labelled and waiting for its document, or packed and waiting for the post."""
    found = sa.select(Shipment).where(Shipment.status.in_(_AT_THE_DESK))
    if reference is not None:
        found = found.where(sa.or_(Shipment.reference == reference, Shipment.case_reference == reference))
    return found


async def locked(session: Session, shipment_id: uuid.UUID) -> Shipment | None:
    """A shipment by its id, locked; for the system's own sight."""
    return await session.get(Shipment, shipment_id, with_for_update=True)


async def locked_by_envelope(session: Session, envelope: str) -> Shipment | None:
    """The shipment an envelope's label belongs to, locked."""
    found: Shipment | None = await session.scalar(
        sa.select(Shipment).where(Shipment.envelope == envelope).with_for_update()
    )
    return found


async def locked_by_envelopes(session: Session, envelopes: Collection[str]) -> dict[str, Shipment]:
    """The shipments of many labels, locked in one order so that two manifests cannot block each other."""
    rows = await session.scalars(
        sa.select(Shipment).where(Shipment.envelope.in_(envelopes)).order_by(Shipment.id).with_for_update()
    )
    return {str(row.envelope): row for row in rows}


async def contact_for(session: Session, person: str, now: datetime) -> Contact | None:
    """How a person is reached: their own contact, else that of the head of their household."""
    heads = sa.select(RelationRow.subject).where(
        RelationRow.relation == Relation.HOUSEHOLD_HEAD,
        RelationRow.object == person,
        RelationRow.starts_at <= now,
        sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
    )
    found: Contact | None = await session.scalar(
        sa.select(Contact)
        .where(sa.or_(Contact.person == person, Contact.person.in_(heads)))
        .order_by((Contact.person == person).desc())
        .limit(1)
    )
    return found


async def reached_through(session: Session, person: str, now: datetime) -> list[Shipment]:
    """Shipments that wait for this person's contact: never ordered from the post, or at the door without a code."""
    household = sa.select(RelationRow.object).where(
        RelationRow.relation == Relation.HOUSEHOLD_HEAD, RelationRow.subject == person, RelationRow.starts_at <= now
    )
    without_code = sa.and_(
        Shipment.status == Status.OUT_FOR_DELIVERY,
        ~sa.exists().where(DoorCode.shipment_id == Shipment.id),
    )
    never_ordered = sa.and_(Shipment.status == Status.ORDERED, Shipment.ordered_from_post_at.is_(None))
    rows = await session.scalars(
        sa.select(Shipment)
        .where(
            sa.or_(Shipment.person == person, Shipment.person.in_(household)),
            sa.or_(never_ordered, without_code),
        )
        .order_by(Shipment.id)
        .with_for_update()
    )
    return list(rows)


async def label_is_taken(session: Session, envelope: str, except_of: uuid.UUID) -> bool:
    """Whether another shipment carries this label."""
    other = sa.select(Shipment.id).where(Shipment.envelope == envelope, Shipment.id != except_of)
    return bool(await session.scalar(sa.select(other.exists())))


async def moves_of(session: Session, shipment_id: uuid.UUID) -> list[CaseMoveRow]:
    """What happened to a shipment, oldest first."""
    rows = await session.scalars(
        sa.select(CaseMoveRow)
        .where(CaseMoveRow.case_kind == SHIPMENT.name, CaseMoveRow.case_id == shipment_id)
        .order_by(CaseMoveRow.version)
    )
    return list(rows)


async def last_custody(session: Session, shipment_id: uuid.UUID, item: str) -> Custody | None:
    """The newest link of one document's chain."""
    found: Custody | None = await session.scalar(
        sa.select(Custody)
        .where(Custody.shipment_id == shipment_id, Custody.item == item)
        .order_by(Custody.step.desc())
        .limit(1)
    )
    return found


def parked_scans() -> sa.Select[Scan]:
    """Scans that fit nothing and wait for somebody to look, oldest first."""
    return sa.select(Scan).where(Scan.verdict == "parked", Scan.settled_at.is_(None)).order_by(Scan.received_at)


async def offices(session: Session) -> list[Office]:
    """Every office, by its code."""
    return list(await session.scalars(sa.select(Office).order_by(Office.code)))


def any_locked(shipment_id: uuid.UUID) -> sa.Select[Shipment]:
    """One shipment, locked, for staff whose role was asked before."""
    return sa.select(Shipment).where(Shipment.id == shipment_id).with_for_update()


def any_one(shipment_id: uuid.UUID) -> sa.Select[Shipment]:
    """One shipment, for staff whose role was asked before."""
    return sa.select(Shipment).where(Shipment.id == shipment_id)


def late() -> sa.Select[Shipment]:
    """What somebody should look at: past its promise, being searched for, refused by the post, or never ordered."""
    not_on_its_way = sa.and_(
        Shipment.status == Status.ORDERED,
        sa.or_(Shipment.order_refused.is_not(None), Shipment.ordered_from_post_at.is_(None)),
    )
    overdue = sa.and_(Shipment.overdue_at.is_not(None), Shipment.status.in_(WITH_CARRIER))
    return sa.select(Shipment).where(sa.or_(overdue, Shipment.status == Status.CLAIMED, not_on_its_way))


async def custody_of(session: Session, shipment_id: uuid.UUID) -> list[Custody]:
    """Every hand a shipment's documents went through."""
    rows = await session.scalars(
        sa.select(Custody).where(Custody.shipment_id == shipment_id).order_by(Custody.item, Custody.step)
    )
    return list(rows)


async def on_a_list(session: Session, shipment_id: uuid.UUID) -> bool:
    """Whether staff are led to this shipment: late, at the packing desk, or named by a parked scan."""
    scanned = sa.exists().where(Scan.shipment_id == Shipment.id, Scan.verdict == "parked", Scan.settled_at.is_(None))
    led_to = sa.or_(Shipment.id.in_(late().with_only_columns(Shipment.id)), Shipment.status.in_(_AT_THE_DESK), scanned)
    return await session.scalar(sa.select(Shipment.id).where(Shipment.id == shipment_id, led_to)) is not None
