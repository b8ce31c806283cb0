"""The simulated bank: anyone deposits to a person's number and service code, or pays somebody's dues: `/bank`."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from sqlalchemy.dialects.postgresql import insert

from chassis.catalogue import Texts
from partners.body import Answer
from partners.simulators.dues import LEVY, unpaid_dues
from partners.simulators.models import Deposit, PaidDue
from partners.simulators.payments import Code, Minor, locked_balance
from partners.simulators.wire import Question
from partners.simulators.world import World


class NewDeposit(Question):
    person: str
    service_code: Code
    amount_minor: Minor


class DuesPayment(Question):
    """Pays everything somebody owes, or only the levy."""

    person: str
    what: Annotated[Literal["dues", "levy"], Field()] = "dues"


class DepositMade(Answer):
    service_code: str
    amount_minor: int
    available_minor: int
    deposited_at: AwareDatetime


class DuesPaid(Answer):
    paid: int


def routes(world: World, texts: Texts) -> APIRouter:
    router = APIRouter(prefix="/bank", tags=["bank"])

    @router.post("/deposits", status_code=201)
    async def make_deposit(order: NewDeposit) -> DepositMade:
        return await deposit(world, order)

    @router.post("/dues", status_code=201)
    async def pay(order: DuesPayment) -> DuesPaid:
        return await pay_dues(world, texts, order)

    return router


async def deposit(world: World, order: NewDeposit) -> DepositMade:
    """Put money on a balance. Raises Refuses `person-unknown`."""
    world.person(order.person)
    stamp, now = world.stamp("DEP"), world.clock.now()
    async with world.transaction() as session:
        balance = await locked_balance(session, order.person, order.service_code)
        balance.available_minor += order.amount_minor
        session.add(Deposit(reference=stamp["reference"], deposited_at=now, **order.model_dump()))
    return DepositMade(
        **stamp,
        service_code=order.service_code,
        amount_minor=order.amount_minor,
        available_minor=balance.available_minor,
        deposited_at=now,
    )


async def pay_dues(world: World, texts: Texts, order: DuesPayment) -> DuesPaid:
    """Pay what a person owes now; what is paid already is left alone. Raises Refuses `person-unknown`."""
    person = world.person(order.person)
    numbers = [LEVY] if order.what == "levy" else [due.number for due in await unpaid_dues(world, texts, person)]
    async with world.transaction() as session:
        for number in numbers:
            row = {"person": person.number, "number": number, "paid_at": world.clock.now()}
            await session.execute(insert(PaidDue).values(row).on_conflict_do_nothing())
    return DuesPaid(**world.stamp("DUP"), paid=len(numbers))
