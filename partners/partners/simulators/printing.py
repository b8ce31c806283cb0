"""The simulated printer of documents: `/printing`. A number belongs to one reference; a print is good or spoiled."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from partners.printing import AllottedNumber, DocumentFacts, DocumentKind, PrintOrder, PrintOrderAnswer
from partners.simulators.models import Booklet, PrintRow, booklet_serial
from partners.simulators.mrz_check import faults_of
from partners.simulators.settings import PartnersSettings
from partners.simulators.wire import Question
from partners.simulators.world import Refuses, World, digest_of

Reference = Annotated[str, Field(min_length=8, max_length=100)]
_MRZ_DATE = "%y%m%d"


class NewNumber(Question):
    reference: Reference
    kind: DocumentKind


class NewOrder(Question):
    reference: Reference
    kind: DocumentKind
    number: str
    facts: DocumentFacts


class OrderQuestion(Question):
    reference: str


def routes(world: World) -> APIRouter:
    router = APIRouter(prefix="/printing", tags=["printing"])

    @router.post("/numbers")
    async def reserve_number(question: NewNumber) -> AllottedNumber:
        async with world.transaction() as session:
            number, replayed = await _number_for(world, session, question)
        return AllottedNumber(**world.stamp("NUM"), number=number, replayed=replayed)

    @router.post("/orders")
    async def order(new: NewOrder) -> PrintOrder:
        await world.faults.meet("printing", new.facts.person)
        digest = digest_of(new.model_dump(mode="json"))
        async with world.transaction() as session:
            await _refuse_foreign_number(session, new)
            _refuse_wrong_zone(new)
            planned = await _planned(world, session, new)
            taken = insert(PrintRow).values(digest=digest, **planned).on_conflict_do_nothing()
            first = await session.scalar(taken.returning(PrintRow.reference)) is not None
            row = await session.get(PrintRow, new.reference)
        if row is None:
            raise Refuses("already-ordered")
        if row.digest != digest:
            raise Refuses("reference-reused", status=422)
        return _told(world, row, replayed=not first)

    @router.post("/orders/lookup")
    async def status(question: OrderQuestion) -> PrintOrderAnswer:
        async with world.transaction() as session:
            row = await session.get(PrintRow, question.reference)
        return PrintOrderAnswer(**world.stamp("PRN"), order=None if row is None else _told(world, row))

    return router


async def _number_for(world: World, session: Session, question: NewNumber) -> tuple[str, bool]:
    had = await session.scalar(select(Booklet).where(Booklet.reference == question.reference))
    if had is None:
        serial = await session.scalar(select(booklet_serial.next_value()))
        row = {
            "number": numbered(world.settings, question.kind, int(serial or 0)),
            "reference": question.reference,
            "kind": question.kind,
            "allotted_at": world.clock.now(),
        }
        taken = insert(Booklet).values(row).on_conflict_do_nothing(index_elements=["reference"])
        if (number := await session.scalar(taken.returning(Booklet.number))) is not None:
            return number, False
        had = (await session.execute(select(Booklet).where(Booklet.reference == question.reference))).scalar_one()
    if had.kind != question.kind:
        raise Refuses("reference-reused", status=422)
    return had.number, True


def numbered(settings: PartnersSettings, kind: DocumentKind, serial: int) -> str:
    """A document number of this kind: the pattern of the settings with its `#` filled by the serial."""
    pattern = {
        "passport": settings.passport_numbers,
        "iqama_card": settings.iqama_card_numbers,
        "travel_permit": settings.travel_permit_numbers,
    }[kind]
    places = pattern.count("#")
    filling = iter(f"{serial:0{places}d}")
    if serial >= 10**places:
        raise Refuses("numbers-used-up", status=503)
    return "".join(next(filling) if character == "#" else character for character in pattern)


async def _refuse_foreign_number(session: Session, new: NewOrder) -> None:
    booklet = await session.get(Booklet, new.number)
    if booklet is None or booklet.reference != new.reference or booklet.kind != new.kind:
        raise Refuses("number-not-allotted", status=422)


def _refuse_wrong_zone(new: NewOrder) -> None:
    if new.kind != "passport":
        return
    facts = new.facts
    birth, expiry = facts.born_on.strftime(_MRZ_DATE), facts.expires_on.strftime(_MRZ_DATE)
    if wrong := faults_of(facts.mrz_lines, new.number, birth, expiry):
        raise Refuses("mrz-not-valid", status=422, wrong=wrong)


async def _planned(world: World, session: Session, new: NewOrder) -> dict[str, Any]:
    """The row of an order: when it is ready, and whether it comes out spoiled."""
    magic, now = world.person(new.facts.person).magic, world.clock.now()
    before = await session.scalar(select(func.count()).select_from(PrintRow).where(PrintRow.person == new.facts.person))
    seconds = world.settings.print_seconds if magic.print_seconds is None else magic.print_seconds
    return {
        "reference": new.reference,
        "number": new.number,
        "kind": new.kind,
        "person": new.facts.person,
        "mrz_lines": list(new.facts.mrz_lines),
        "order_reference": world.stamp("PRN")["reference"],
        "spoiled": (before or 0) < magic.spoiled_prints,
        "ordered_at": now,
        "ready_at": now + timedelta(seconds=seconds),
    }


def _told(world: World, row: PrintRow, *, replayed: bool = False) -> PrintOrder:
    return PrintOrder.model_validate(
        {
            "reference": row.order_reference,
            "answered_at": world.clock.now(),
            "order_reference": row.reference,
            "kind": row.kind,
            "number": row.number,
            "state": row.state_at(world.clock.now()),
            "replayed": replayed,
        }
    )
