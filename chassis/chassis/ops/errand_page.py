"""The timeline of one errand over all services, on any service's ops door: each is asked for its own part.

Asked twice: first by what was typed, then by every name the parts know the errand by. A service that does not answer, or
does not answer this operator, is named on the page.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError
from starlette.responses import Response

from chassis.http.client import HttpClient, Unreachable
from chassis.ops.blocks import Step
from chassis.ops.desk import Desk
from chassis.ops.errand import NAMES, Part, name_in, part_of
from chassis.ops.errand_route import PATH, ErrandPart, step_of
from contracts.events_audit import RecordSeen

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit

ASKED_S = 1.5
SHOWN = 400
Answer = Literal["told", "away", "refused"]


@dataclass
class Told:
    """One service's part as it came, or why there is none."""

    service: str
    answer: Answer
    part: Part = field(default_factory=lambda: Part([], []))


@dataclass(frozen=True)
class Line:
    """A step with the service it happened in."""

    service: str
    step: Step


class Others:
    """The other services, asked through the gateway with the operator's own token."""

    def __init__(self, own: str, client: HttpClient) -> None:
        self.names = [kind.producer() for kind in RecordSeen.__subclasses__() if kind.producer() != own]
        self._client = client

    async def parts(self, access: str, names: Sequence[str]) -> list[Told]:
        """Every other service's part, all asked at once."""
        return list(await asyncio.gather(*(self._part(each, access, names) for each in self.names)))

    async def _part(self, service: str, access: str, names: Sequence[str]) -> Told:
        headers = {"authorization": f"Bearer {access}"}
        path = f"/ops/{service}{PATH}"
        try:
            answer = await self._client.request("POST", path, json={"names": list(names)}, headers=headers)
            if answer.status_code in (401, 403):
                return Told(service, "refused")
            told = ErrandPart.model_validate_json(answer.content)
        except (Unreachable, ValidationError):
            return Told(service, "away")
        return Told(service, "told", Part([step_of(each) for each in told.steps], told.names))


def add_errand_page(kit: "OpsKit", others: Others) -> None:
    """Put the page into the door."""

    @kit.router.get(PATH, name="ops_errand")
    async def ask(desk: Desk = kit.seeing(kit.operators)) -> Response:
        return desk.show("errand.html", title=desk.say("ops.errand"), wanted="", told=None, lines=[])

    @kit.router.post(PATH, name="ops_errand_found")
    async def show(desk: Desk = kit.acting(kit.operators, repeatable=True)) -> Response:
        """By POST: no address may hold what somebody types."""
        wanted = name_in(desk.field("wanted"))
        told = [] if wanted is None else await _told(desk, others, wanted)
        lines = sorted((Line(t.service, s) for t in told for s in t.part.steps), key=lambda line: line.step.at)
        title = desk.say("ops.errand")
        return desk.show("errand.html", title=title, wanted=wanted or "", told=told, lines=lines[:SHOWN])


async def _told(desk: Desk, others: Others, wanted: str) -> list[Told]:
    first = await _round(desk, others, [wanted])
    names = _each_once([wanted, *(name for each in first for name in each.part.names)])[:NAMES]
    if names == [wanted]:
        return first
    again = await _round(desk, others, names)
    # Who answered once and not twice is shown by what they said first.
    return [late if late.answer == "told" else early for early, late in zip(first, again, strict=True)]


async def _round(desk: Desk, others: Others, names: Sequence[str]) -> list[Told]:
    kit = desk.kit
    own = await part_of(kit.service, desk.session, desk.principal, desk.standing, names)
    return [Told(kit.service.name, "told", own), *await others.parts(desk.browser.access, names)]


def _each_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
