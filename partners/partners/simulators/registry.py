"""The simulated civil registry: `/registry`."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select

from partners.registry import MobileMatch, Person
from partners.simulators.models import NoticeRow
from partners.simulators.people import ComputedPerson
from partners.simulators.ports import is_inside
from partners.simulators.visitors import border_number_of
from partners.simulators.wire import Question
from partners.simulators.world import Refuses, World


class PersonQuestion(Question):
    number: str


class VisitorQuestion(Question):
    passport: str
    nationality: str
    born_on: date


class MobileQuestion(Question):
    number: str
    mobile: str


def routes(world: World) -> APIRouter:
    """The registry's three questions."""
    router = APIRouter(prefix="/registry", tags=["registry"])

    @router.post("/persons/lookup")
    async def person(question: PersonQuestion) -> Person:
        await world.faults.meet("registry", question.number)
        return await _told(world, world.person(question.number))

    @router.post("/visitors/lookup")
    async def visitor(question: VisitorQuestion) -> Person:
        number = border_number_of(question.passport)
        await world.faults.meet("registry", number or question.passport)
        computed = world.person(number or question.passport)
        if (computed.nation.nationality, computed.born_on) != (question.nationality, question.born_on):
            raise Refuses("person-unknown", status=404)
        return await _told(world, computed)

    @router.post("/mobiles/match")
    async def mobile(question: MobileQuestion) -> MobileMatch:
        await world.faults.meet("registry", question.number)
        return MobileMatch(**world.stamp("NDC"), matches=world.person(question.number).magic.mobile_matches)

    return router


async def _told(world: World, person: ComputedPerson) -> Person:
    facts = facts_of(person, inside=await is_inside(world, person))
    facts["alive"] = facts["alive"] and not await _has_died(world, person.number)
    return Person(**world.stamp("NDC"), **facts)


async def _has_died(world: World, number: str) -> bool:
    died = select(NoticeRow.id).where(NoticeRow.person == number, NoticeRow.kind == "died").limit(1)
    async with world.transaction() as session:
        return await session.scalar(died) is not None


def facts_of(person: ComputedPerson, *, inside: bool) -> dict[str, Any]:
    """Everything the registry tells of a person."""
    return {
        "number": person.number,
        "kind": person.kind,
        "names": person.names,
        "sex": person.sex,
        "born_on": person.born_on,
        "alive": person.magic.alive,
        "inside_kingdom": inside,
        "id_expires_on": person.id_expires_on,
        "nationality": person.nation.nationality,
        "marital": person.marital,
        "biometrics": person.has_biometrics,
        "absent_from_work": person.magic.absent,
        "household_head": person.household_head,
        "dependants": person.dependants,
        "sponsor": person.sponsor,
        "workers": person.workers,
        "passport": person.passport,
        "foreign_passport": person.foreign_passport,
        "iqama_expires_on": person.iqama_expires_on,
        "visa_expires_on": person.visa_expires_on,
        "profession": person.profession,
        "portrait": f"portrait-{person.number[-4:]}" if person.has_biometrics else None,
    }
