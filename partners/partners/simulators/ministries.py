"""The simulated labour ministry, health ministry and insurance council: `/labour`, `/health`, `/insurance`."""

from datetime import timedelta

from fastapi import APIRouter

from chassis.calendar import add_years
from partners.health import MedicalReport, MedicalReportAnswer
from partners.insurance import Policy, PolicyAnswer
from partners.labour import WorkPermit, WorkPermitAnswer
from partners.registry import Text
from partners.simulators.draws import digits, draw_between, pick
from partners.simulators.population import population
from partners.simulators.wire import Question
from partners.simulators.world import World


class WorkerQuestion(Question):
    worker: str


class PersonQuestion(Question):
    person: str


def labour_routes(world: World) -> APIRouter:
    router = APIRouter(prefix="/labour", tags=["labour"])

    @router.post("/work-permits/lookup")
    async def work_permit(question: WorkerQuestion) -> WorkPermitAnswer:
        await world.faults.meet("labour", question.worker)
        person = world.person(question.worker)
        required = person.kind == "resident" and person.household_head is None and not person.is_domestic
        permit = None
        if required and person.magic.permit and person.sponsor is not None:
            days = draw_between(person.number, "permit", population().ranges.permit_days)
            permit = WorkPermit(
                number="WP" + digits(person.number, "permit number", 9),
                employer=person.sponsor,
                expires_on=world.began_on + timedelta(days=days),
            )
        return WorkPermitAnswer(**world.stamp("LAB"), permit=permit, required=required)

    return router


def health_routes(world: World) -> APIRouter:
    router = APIRouter(prefix="/health", tags=["health"])

    @router.post("/medical-reports/lookup")
    async def medical_report(question: PersonQuestion) -> MedicalReportAnswer:
        await world.faults.meet("health", question.person)
        person = world.person(question.person)
        report = None
        if person.kind == "resident":
            days = draw_between(person.number, "medical", population().ranges.medical_age_days)
            report = MedicalReport(
                number="MR" + digits(person.number, "medical number", 9),
                result=person.magic.medical,
                examined_on=world.began_on - timedelta(days=days),
            )
        return MedicalReportAnswer(**world.stamp("HLT"), report=report)

    return router


def insurance_routes(world: World) -> APIRouter:
    router = APIRouter(prefix="/insurance", tags=["insurance"])

    @router.post("/policies/lookup")
    async def policy(question: PersonQuestion) -> PolicyAnswer:
        await world.faults.meet("insurance", question.person)
        person = world.person(question.person)
        found = None
        if person.kind != "citizen" and person.magic.insured:
            days = draw_between(person.number, "policy", population().ranges.policy_days)
            expires_on = world.began_on + timedelta(days=days)
            ar, en = pick(person.number, "insurer", population().insurers.names)
            found = Policy(
                number="PL" + digits(person.number, "policy number", 9),
                insurer=Text(ar=ar, en=en),
                valid_from=add_years(expires_on, -population().limits.policy_years, "gregorian"),
                expires_on=expires_on,
            )
        return PolicyAnswer(**world.stamp("INS"), policy=found)

    return router
