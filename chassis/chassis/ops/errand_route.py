"""`POST /ops/<service>/errand`: this service's part of an errand for another service's page, with the operator's own token."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chassis.authority import require_role
from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from chassis.ops.blocks import Step, Tone
from chassis.ops.errand import LONGEST_NAME, NAMES, part_of

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit

PATH = "/errand"


class ErrandNames(BaseModel):
    """By what an errand is known: references, ids of cases and requests, traces."""

    model_config = ConfigDict(extra="forbid")

    names: list[Annotated[str, Field(max_length=LONGEST_NAME)]] = Field(max_length=NAMES)


class ErrandStep(BaseModel):
    """One thing that happened. `what`: move, outbox, inbox, intents, timers or act; without anybody's data and words."""

    at: datetime
    what: str
    code: str | None
    note: str | None
    tone: str


class ErrandPart(BaseModel):
    """What one service knows of an errand, by time, and by what else the errand is known here."""

    service: str
    steps: list[ErrandStep]
    names: list[str]


def add_errand_route(kit: "OpsKit", router: APIRouter) -> None:
    """Put the route where other services' pages find it."""
    made = APIRouter(route_class=UnitRoute, tags=["operations"])

    @made.post(PATH, name="read_errand_part", include_in_schema=True)
    async def read_errand_part(body: ErrandNames, principal: PrincipalDep, session: SessionDep) -> ErrandPart:
        """This service's part of an errand (operators)."""
        held = await require_role(session, principal, kit.operators, kit.service.clock.now())
        part = await part_of(kit.service, session, principal, min(held), body.names)
        shown = [_step(each) for each in part.steps]
        return ErrandPart(service=kit.service.name, steps=shown, names=part.names)

    router.include_router(made, prefix=kit.prefix)


def step_of(told: ErrandStep) -> Step:
    """A step as another service told it."""
    tones: dict[str, Tone] = {"good": "good", "slow": "slow", "bad": "bad"}
    return Step(told.at, told.what, told.note, tones.get(told.tone, ""), told.code)


def _step(step: Step) -> ErrandStep:
    # What staff wrote when they acted is theirs and may hold anything.
    note = None if step.what == "act" else step.note
    return ErrandStep(at=step.at, what=step.what, code=step.code, note=note, tone=step.tone)
