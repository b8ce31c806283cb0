"""Calls that steer the simulators: clock, faults, scans, movements, and reading what was sent: `/control`.

They exist in development only; anywhere else the application has none of them.
"""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from chassis.clock import ClockRefused
from partners.post import ScanKind
from partners.registry import NoticeKind
from partners.simulators import ports
from partners.simulators.courier import Courier
from partners.simulators.herald import Herald
from partners.simulators.magic import FaultKind
from partners.simulators.mailbox import ShownLetter, letters_to
from partners.simulators.telephones import ShownText, texts_to
from partners.simulators.wire import Question
from partners.simulators.world import Refuses, World

BODIES = Literal[
    "registry", "labour", "health", "insurance", "dues", "payments", "printing", "post", "ports", "sms", "mail", "bank"
]
_LONGEST_S = 366 * 86_400  # one step of the clock
_NOT_TOLD = 202


class ClockStep(Question):
    advance_seconds: Annotated[float, Field(ge=0, le=_LONGEST_S)]


class ClockTold(BaseModel):
    """Business time at the bodies, and how far it runs before the machine's."""

    now: AwareDatetime
    ahead_seconds: float


class FaultOrder(Question):
    """A fault for `count` questions or for all within `seconds` of machine time; `slow_seconds` is how slow."""

    body: BODIES
    kind: FaultKind
    count: Annotated[int, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    slow_seconds: Annotated[float, Field(ge=0, le=60)] = 2.0


class ScanOrder(Question):
    kind: ScanKind
    code: str | None = None
    old_document: str | None = None


class ScanMade(BaseModel):
    """A scan, and what the platform answered to its callback; `answer_code` is None while it could not be told."""

    s10: str
    kind: ScanKind
    scanned_at: AwareDatetime
    message_id: str
    tries: int
    answer_code: int | None
    answer: dict[str, Any] | None


class NoticeOrder(Question):
    """What the registry shall tell by itself, and of whom. Who died stays dead in every later answer."""

    person: str
    kind: NoticeKind


class NoticeMade(BaseModel):
    """A notice, and what the platform answered; `answer_code` is None while it could not be told."""

    message_id: str
    kind: str
    tries: int
    answer_code: int | None


class CallbackTarget(Question):
    url: str


def routes(world: World, courier: Courier, herald: Herald) -> APIRouter:
    router = APIRouter(prefix="/control", tags=["control"])
    router.include_router(ports.controls(world))
    _clock_routes(router, world)
    _record_routes(router, world)
    _notice_routes(router, herald)

    @router.post("/faults", status_code=204)
    async def plan(order: FaultOrder) -> None:
        world.faults.script(
            order.body, order.kind, count=order.count, lasting=order.seconds, seconds=order.slow_seconds
        )

    @router.delete("/faults", status_code=204)
    async def clear() -> None:
        world.faults.clear()

    @router.put("/post/callback", status_code=204)
    async def aim(target: CallbackTarget) -> None:
        await courier.aim(target.url)

    @router.post("/post/{s10}/scan", status_code=201)
    async def scan(s10: str, order: ScanOrder, response: Response) -> ScanMade:
        row = await courier.scan(s10, order.kind, order.code, order.old_document)
        if row.told_at is None:
            response.status_code = _NOT_TOLD
        return ScanMade.model_validate(row, from_attributes=True)

    return router


def _notice_routes(router: APIRouter, herald: Herald) -> None:
    @router.put("/registry/callback", status_code=204)
    async def aim(target: CallbackTarget) -> None:
        await herald.aim(target.url)

    @router.post("/registry/notices", status_code=201)
    async def announce(order: NoticeOrder) -> NoticeMade:
        return NoticeMade.model_validate(await herald.announce(order.person, order.kind), from_attributes=True)


def _clock_routes(router: APIRouter, world: World) -> None:
    @router.get("/clock")
    async def told() -> ClockTold:
        return ClockTold(now=world.clock.now(), ahead_seconds=world.clock.ahead.total_seconds())

    @router.post("/clock")
    async def advance(step: ClockStep) -> ClockTold:
        try:
            await world.advance(timedelta(seconds=step.advance_seconds))
        except ClockRefused:
            raise Refuses("clock-refused") from None
        return await told()


def _record_routes(router: APIRouter, world: World) -> None:
    @router.get("/sms")
    async def texts(to: str | None = None) -> list[ShownText]:
        # In a query a bare plus sign means a space; people and scripts write it all the same.
        return await texts_to(world, None if to is None else "+" + to.strip().removeprefix("+"))

    @router.get("/mail")
    async def letters(to: str | None = None) -> list[ShownLetter]:
        return await letters_to(world, to)
