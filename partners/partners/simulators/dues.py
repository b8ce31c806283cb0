"""The simulated dues of a person and the dependants' levy: `/dues`. What was paid at the bank is gone."""

from datetime import date, timedelta

from fastapi import APIRouter
from sqlalchemy import select

from chassis.catalogue import Texts
from partners.dues import Due, DuesAnswer, LevyAnswer
from partners.registry import Text
from partners.simulators.draws import draw_between
from partners.simulators.models import PaidDue
from partners.simulators.people import ComputedPerson
from partners.simulators.population import population
from partners.simulators.wire import Question
from partners.simulators.world import World

LEVY = "levy"


class DuesQuestion(Question):
    person: str


class LevyQuestion(Question):
    head: str


def routes(world: World, texts: Texts) -> APIRouter:
    router = APIRouter(prefix="/dues", tags=["dues"])

    @router.post("/lookup")
    async def dues(question: DuesQuestion) -> DuesAnswer:
        await world.faults.meet("dues", question.person)
        return DuesAnswer(**world.stamp("DUE"), dues=await unpaid_dues(world, texts, world.person(question.person)))

    @router.post("/levy/lookup")
    async def levy(question: LevyQuestion) -> LevyAnswer:
        await world.faults.meet("dues", question.head)
        person = world.person(question.head)
        paid = LEVY in await _paid(world, person.number)
        months = 0 if paid or not person.dependants else person.magic.levy_months
        return LevyAnswer(
            **world.stamp("DUE"),
            months_owed=months,
            dependants=len(person.dependants),
            amount_minor=months * len(person.dependants) * population().levy.month_minor,
        )

    return router


async def unpaid_dues(world: World, texts: Texts, person: ComputedPerson) -> tuple[Due, ...]:
    """What a person owes now."""
    paid = await _paid(world, person.number)
    return tuple(due for due in planned_dues(texts, person, world.began_on) if due.number not in paid)


def planned_dues(texts: Texts, person: ComputedPerson, began_on: date) -> tuple[Due, ...]:
    """What a person owed when the world began."""
    return tuple(
        Due(
            number=f"D{person.number[-4:]}{place:02d}",
            kind=planned.kind,
            amount_minor=planned.amount_minor,
            count=planned.count,
            since=began_on
            - timedelta(days=draw_between(person.number, f"due {place}", population().ranges.due_age_days)),
            title=Text(**texts.both(f"due-{planned.kind}".replace("_", "-"))),
        )
        for place, planned in enumerate(person.magic.dues, start=1)
    )


async def _paid(world: World, person: str) -> set[str]:
    async with world.transaction() as session:
        return set(await session.scalars(select(PaidDue.number).where(PaidDue.person == person)))
