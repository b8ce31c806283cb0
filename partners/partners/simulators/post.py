"""The simulated post: `/post`. Orders become items with S10 labels; scans are told to the platform by signed callback."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from contracts.values import make_s10
from partners.post import AddressAnswer, Addresses, Investigation, PostOrder, PostOrderAnswer
from partners.simulators.addresses import address_of, addresses_of
from partners.simulators.magic import magic_of
from partners.simulators.models import Item, ScanRow, Search, label_serial
from partners.simulators.wire import Question
from partners.simulators.world import Refuses, World, digest_of

Reference = Annotated[str, Field(min_length=8, max_length=100)]


class PersonQuestion(Question):
    person: str


class ShortAddressQuestion(Question):
    short_address: str


class NewItem(Question):
    reference: Reference
    person: str
    recipient: Annotated[str, Field(min_length=2, max_length=200)]
    short_address: str
    mobile: str


class ItemQuestion(Question):
    reference: str


class LabelQuestion(Question):
    s10: str


def routes(world: World) -> APIRouter:
    router = APIRouter(prefix="/post", tags=["post"])

    @router.post("/addresses/lookup")
    async def addresses(question: PersonQuestion) -> Addresses:
        await world.faults.meet("post", question.person)
        return Addresses(**world.stamp("SPL"), addresses=addresses_of(world.person(question.person)))

    @router.post("/addresses/resolve")
    async def address(question: ShortAddressQuestion) -> AddressAnswer:
        return AddressAnswer(**world.stamp("SPL"), address=address_of(question.short_address))

    @router.post("/orders")
    async def order(new: NewItem) -> PostOrder:
        await world.faults.meet("post", new.person)
        if address_of(new.short_address) is None:
            raise Refuses("address-unknown", status=422)
        digest = digest_of(new.model_dump())
        async with world.transaction() as session:
            item, replayed = await _item_for(world, session, new, digest)
            told = await _told(world, session, item, replayed=replayed)
        if item.digest != digest:
            raise Refuses("reference-reused", status=422)
        return told

    @router.post("/orders/lookup")
    async def find_order(question: ItemQuestion) -> PostOrderAnswer:
        async with world.transaction() as session:
            item = await session.get(Item, question.reference)
            found = None if item is None else await _told(world, session, item)
        return PostOrderAnswer(**world.stamp("SPL"), order=found)

    @router.post("/orders/cancel")
    async def cancel(question: ItemQuestion) -> PostOrder:
        async with world.transaction() as session:
            item = await session.get(Item, question.reference, with_for_update=True)
            if item is None:
                raise Refuses("order-unknown", status=404)
            if await last_scan(session, item.s10) is not None:
                raise Refuses("already-under-way")
            replayed = item.cancelled_at is not None
            item.cancelled_at = item.cancelled_at or world.clock.now()
            return await _told(world, session, item, replayed=replayed)

    @router.post("/investigations")
    async def investigate(question: LabelQuestion) -> Investigation:
        async with world.transaction() as session:
            return await _searched(world, session, question.s10)

    return router


async def _item_for(world: World, session: Session, new: NewItem, digest: str) -> tuple[Item, bool]:
    """The item of this reference, made now if it is new."""
    item = await session.get(Item, new.reference)
    if item is not None:
        return item, True
    serial = int(await session.scalar(select(label_serial.next_value())) or 0)
    row = {
        **new.model_dump(),
        "digest": digest,
        "s10": make_s10(world.settings.post_indicator, serial),
        "order_reference": world.stamp("SPL")["reference"],
        "ordered_at": world.clock.now(),
    }
    first = await session.scalar(insert(Item).values(row).on_conflict_do_nothing().returning(Item.reference))
    return await session.get_one(Item, new.reference), first is None


async def last_scan(session: Session, s10: str) -> ScanRow | None:
    last: ScanRow | None = await session.scalar(
        select(ScanRow).where(ScanRow.s10 == s10).order_by(ScanRow.id.desc()).limit(1)
    )
    return last


async def _searched(world: World, session: Session, s10: str) -> Investigation:
    """Open a search for an item, or tell how the one under way stands."""
    item = await session.scalar(select(Item).where(Item.s10 == s10))
    if item is None:
        raise Refuses("order-unknown", status=404)
    now, stamp = world.clock.now(), world.stamp("INV")
    lost = await session.scalar(
        select(func.count()).select_from(ScanRow).where(ScanRow.s10 == s10, ScanRow.kind == "lost")
    )
    row = {
        "s10": s10,
        "reference": stamp["reference"],
        "finding": "lost" if lost else magic_of(item.person).investigation,
        "opened_at": now,
        "over_at": now + timedelta(seconds=world.settings.investigation_seconds),
    }
    await session.execute(insert(Search).values(row).on_conflict_do_nothing())
    search = await session.get_one(Search, s10)
    return Investigation.model_validate(
        {
            "reference": search.reference,
            "answered_at": now,
            "s10": s10,
            "outcome": search.finding if now >= search.over_at else "open",
            "opened_at": search.opened_at,
        }
    )


async def _told(world: World, session: Session, item: Item, *, replayed: bool = False) -> PostOrder:
    last = await last_scan(session, item.s10)
    answer: dict[str, Any] = {
        "reference": item.order_reference,
        "answered_at": world.clock.now(),
        "order_reference": item.reference,
        "s10": item.s10,
        "cancelled": item.cancelled_at is not None,
        "last_scan": last.kind if last else None,
        "last_scan_at": last.scanned_at if last else None,
        "replayed": replayed,
    }
    return PostOrder.model_validate(answer)
