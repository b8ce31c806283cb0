"""The timeline of one errand over all services, on any service's ops door: each is asked for its own part.

Asked twice: first by what was typed, then by every name the parts know the errand by, unless there is no time left. A
service that does not answer, or does not answer this operator, is named on the page.
"""

import asyncio
import time
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
# Within what the gateway waits for a page: a machine that is busy is told of in part rather than not at all.
BUDGET_S, ENOUGH_S = 3.0, 0.5
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

    async def parts(self, access: str, names: Sequence[str], seconds: float) -> list[Told]:
        """Every other service's part, all asked at once; who has not answered within these seconds is away."""
        return list(await asyncio.gather(*(self._part(each, access, names, seconds) for each in self.names)))

    async def _part(self, service: str, access: str, names: Sequence[str], seconds: float) -> Told:
        headers = {"authorization": f"Bearer {access}"}
        path = f"/ops/{service}{PATH}"
        try:
            async with asyncio.timeout(seconds):
                answer = await self._client.request("POST", path, json={"names": list(names)}, headers=headers)
            if answer.status_code in (401, 403):
                return Told(service, "refused")
            told = ErrandPart.model_validate_json(answer.content)
        except (Unreachable, ValidationError, TimeoutError):
            return Told(service, "away")
        return Told(service, "told", Part([step_of(each) for each in told.steps], told.names))


def add_errand_page(kit: "OpsKit", others: Others) -> None:
    """Put the page into the door."""

    @kit.router.get(PATH, name="ops_errand")
    async def ask(desk: Desk = kit.seeing(kit.operators)) -> Response:
        return desk.show("errand.html", title=desk.say("ops.errand"), wanted="", told=None, lines=[], whole=True)

    @kit.router.post(PATH, name="ops_errand_found")
    async def show(desk: Desk = kit.acting(kit.operators, repeatable=True)) -> Response:
        """By POST: no address may hold what somebody types."""
        wanted = name_in(desk.field("wanted"))
        told, whole = ([], True) if wanted is None else await _told(desk, others, wanted)
        lines = sorted((Line(t.service, s) for t in told for s in t.part.steps), key=lambda line: line.step.at)
        title = desk.say("ops.errand")
        return desk.show("errand.html", title=title, wanted=wanted or "", told=told, lines=lines[:SHOWN], whole=whole)


async def _told(desk: Desk, others: Others, wanted: str) -> tuple[list[Told], bool]:
    """Every part, and whether there was time to ask by every name."""
    until = time.monotonic() + BUDGET_S
    first = await _round(desk, others, [wanted], BUDGET_S - ENOUGH_S)
    names = _each_once([wanted, *(name for each in first for name in each.part.names)])[:NAMES]
    if names == [wanted]:
        return first, True
    if (left := until - time.monotonic()) < ENOUGH_S:
        return first, False
    again = await _round(desk, others, names, left)
    # Who answered once and not twice is shown by what they said first.
    return [late if late.answer == "told" else early for early, late in zip(first, again, strict=True)], True


async def _round(desk: Desk, others: Others, names: Sequence[str], seconds: float) -> list[Told]:
    """Its own part and the others', side by side."""
    kit = desk.kit
    own, theirs = await asyncio.gather(
        part_of(kit.service, desk.session, desk.principal, desk.standing, names),
        others.parts(desk.browser.access, names, seconds),
    )
    return [Told(kit.service.name, "told", own), *theirs]


def _each_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
