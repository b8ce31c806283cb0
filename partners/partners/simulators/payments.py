"""The simulated government payments: `/payments`. One row lock per balance, one result per sequence for ever."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from partners.payments import ActKind, Balance, PaymentAct, PaymentOutcome
from partners.simulators import models
from partners.simulators.magic import table
from partners.simulators.models import PaymentRow
from partners.simulators.wire import Question
from partners.simulators.world import Refuses, World, digest_of

Code = Annotated[str, Field(pattern="^[0-9]{1,3}$")]
MOST_MINOR = 10**12  # of one order: far above any fee, far below what a row can hold
Minor = Annotated[int, Field(gt=0, le=MOST_MINOR)]
Sequence = Annotated[str, Field(min_length=8, max_length=100)]


class BalanceQuestion(Question):
    person: str
    service_code: Code


class MoneyOrder(Question):
    """A reservation or a refund."""

    sequence: Sequence
    person: str
    service_code: Code
    amount_minor: Minor


class SettlingOrder(Question):
    """A consumption or a release of the reservation with that sequence."""

    sequence: Sequence
    reservation: str


class OutcomeQuestion(Question):
    sequence: str


def routes(world: World) -> APIRouter:
    router = APIRouter(prefix="/payments", tags=["payments"])

    @router.post("/balances/lookup")
    async def balance(question: BalanceQuestion) -> Balance:
        await world.faults.meet("payments", question.person)
        world.person(question.person)
        async with world.transaction() as session:
            row = await locked_balance(session, question.person, question.service_code)
            return Balance(
                **world.stamp("PAY"),
                service_code=row.service_code,
                available_minor=row.available_minor,
                reserved_minor=row.reserved_minor,
            )

    @router.post("/reservations")
    async def reserve(order: MoneyOrder) -> PaymentAct:
        await world.faults.meet("payments", order.person)
        return await _once(world, "reserve", order, partial(_reserve, world))

    @router.post("/consumptions")
    async def consume(order: SettlingOrder) -> PaymentAct:
        return await _settle(world, "consume", order)

    @router.post("/releases")
    async def release(order: SettlingOrder) -> PaymentAct:
        return await _settle(world, "release", order)

    @router.post("/refunds")
    async def refund(order: MoneyOrder) -> PaymentAct:
        await world.faults.meet("payments", order.person)
        return await _once(world, "refund", order, partial(_refund, world))

    @router.post("/outcomes/lookup")
    async def outcome(question: OutcomeQuestion) -> PaymentOutcome:
        async with world.transaction() as session:
            row = await session.get(PaymentRow, question.sequence)
        return PaymentOutcome(**world.stamp("PAY"), sequence=question.sequence, **_outcome_of(row))

    return router


Carrying = Callable[[Session, PaymentRow], Awaitable[None]]


async def _once(world: World, kind: ActKind, order: MoneyOrder | SettlingOrder, carry_out: Carrying) -> PaymentAct:
    """Carry an order out, or tell again what came of it when its sequence was here before."""
    digest = digest_of({"kind": kind, **order.model_dump()})
    async with world.transaction() as session:
        replayed = not await _is_first(session, _new_row(world, kind, order, digest))
        row = await session.get_one(PaymentRow, order.sequence)
        if not replayed:
            try:
                await carry_out(session, row)
            except Refuses as no:
                # A refusal is a result too: the same sequence hears it again even if the balance has grown since.
                row.refused_slug, row.refused_details = no.slug, no.details
    if row.digest != digest:
        raise Refuses("sequence-reused", status=422)
    if row.refused_slug is not None:
        raise Refuses(row.refused_slug, **(row.refused_details or {}))
    return _told(row, replayed=replayed)


async def _settle(world: World, kind: ActKind, order: SettlingOrder) -> PaymentAct:
    async with world.transaction() as session:
        reservation = await session.get(PaymentRow, order.reservation)
    if reservation is not None and reservation.person is not None:
        await world.faults.meet("payments", reservation.person)
    return await _once(world, kind, order, partial(_consume if kind == "consume" else _release, order.reservation))


def _new_row(world: World, kind: ActKind, order: MoneyOrder | SettlingOrder, digest: str) -> dict[str, Any]:
    named = order.model_dump(exclude={"sequence", "reservation"})
    return {"sequence": order.sequence, "digest": digest, "kind": kind, **named, **world.stamp("PAY")}


async def _is_first(session: Session, row: dict[str, Any]) -> bool:
    """Take the sequence. A twin in flight waits here until the first has committed."""
    taken = insert(PaymentRow).values(row).on_conflict_do_nothing().returning(PaymentRow.sequence)
    return await session.scalar(taken) is not None


async def locked_balance(session: Session, person: str, service_code: str) -> models.Balance:
    """The balance row, locked; a person nobody paid for yet starts with the little the table says."""
    start = table().start.balance_minor
    await session.execute(
        insert(models.Balance)
        .values(person=person, service_code=service_code, available_minor=start, reserved_minor=0)
        .on_conflict_do_nothing()
    )
    query = select(models.Balance).where(models.Balance.person == person, models.Balance.service_code == service_code)
    return (await session.execute(query.with_for_update())).scalar_one()


async def _reserve(world: World, session: Session, row: PaymentRow) -> None:
    balance, amount = await _balance_for(world, session, row)
    balance.available_minor -= amount
    balance.reserved_minor += amount


async def _refund(world: World, session: Session, row: PaymentRow) -> None:
    balance, amount = await _balance_for(world, session, row)
    balance.available_minor -= amount
    row.arrives_at = row.answered_at + timedelta(seconds=world.settings.refund_seconds)


async def _balance_for(world: World, session: Session, row: PaymentRow) -> tuple[models.Balance, int]:
    assert row.person is not None, "a money order names its person"
    assert row.service_code is not None, "a money order names its service"
    assert row.amount_minor is not None, "a money order names its amount"
    world.person(row.person)
    balance = await locked_balance(session, row.person, row.service_code)
    if balance.available_minor < row.amount_minor:
        raise Refuses("balance-too-low", available_minor=balance.available_minor, asked_minor=row.amount_minor)
    return balance, row.amount_minor


async def _consume(reservation: str, session: Session, row: PaymentRow) -> None:
    balance, amount = await _reserved_for(reservation, session, row)
    balance.reserved_minor -= amount


async def _release(reservation: str, session: Session, row: PaymentRow) -> None:
    balance, amount = await _reserved_for(reservation, session, row)
    balance.reserved_minor -= amount
    balance.available_minor += amount


async def _reserved_for(sequence: str, session: Session, row: PaymentRow) -> tuple[models.Balance, int]:
    """The balance and amount a settling order is about; the order's row takes them over from its reservation."""
    reservation = await session.get(PaymentRow, sequence)
    if reservation is None or reservation.kind != "reserve" or reservation.refused_slug is not None:
        raise Refuses("reservation-unknown", status=404)
    assert reservation.person is not None, "a reservation names its person"
    assert reservation.service_code is not None, "a reservation names its service"
    assert reservation.amount_minor is not None, "a reservation names its amount"
    balance = await locked_balance(session, reservation.person, reservation.service_code)
    settled = select(PaymentRow.kind).where(
        PaymentRow.reservation == reservation.sequence, PaymentRow.refused_slug.is_(None)
    )
    if (kind := await session.scalar(settled)) is not None:
        raise Refuses("reservation-settled", by=kind)
    row.reservation, row.person = reservation.sequence, reservation.person
    row.service_code, row.amount_minor = reservation.service_code, reservation.amount_minor
    return balance, reservation.amount_minor


def _outcome_of(row: PaymentRow | None) -> dict[str, Any]:
    if row is None:
        return {"outcome": "unknown"}
    return {
        "outcome": "refused" if row.refused_slug else "done",
        "kind": row.kind,
        "amount_minor": row.amount_minor,
        "slug": row.refused_slug,
        "act_reference": row.reference,
    }


def _told(row: PaymentRow, *, replayed: bool) -> PaymentAct:
    return PaymentAct.model_validate(
        {
            "reference": row.reference,
            "answered_at": row.answered_at,
            "sequence": row.sequence,
            "kind": row.kind,
            "service_code": row.service_code,
            "amount_minor": row.amount_minor,
            "replayed": replayed,
            "arrives_at": row.arrives_at,
        }
    )
