"""Figures over time: how fast this service answers and publishes, how old its queues are, and what the service adds."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from chassis.clock import RIYADH, machine_now
from chassis.database import Session
from chassis.ops import charts, figures
from chassis.ops.charts import Chart, Slot
from chassis.ops.desk import Desk
from chassis.telemetry.recent import RecentTimes

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit

PATH = "/figures"
Ask = Callable[[Session], Awaitable[Chart]]
SHARES = ("ops.chart.p50", "ops.chart.p95", "ops.chart.p99")


def add_figures_page(kit: "OpsKit") -> None:
    """Put the page into the door, for the whole staff: no figure is anybody's."""
    kit.tab(PATH, "ops.figures", kit.staff)

    @kit.router.get(PATH, name="ops_figures")
    async def show_figures(desk: Desk = kit.seeing()) -> Response:
        recent = kit.service.metrics.recent
        drawn = [answering(recent), traffic(recent)]
        unknown = []
        asked: dict[str, Ask] = {
            "ops.chart.outbox": publishing,
            "ops.chart.queues": partial(waiting, desk),
            **kit.charts,
        }
        for label, ask in asked.items():
            chart = await _asked(desk.session, ask)
            drawn += [chart] if chart else []
            unknown += [] if chart else [label]
        return desk.show(
            "figures.html",
            title=desk.say("ops.figures"),
            charts=[(each, charts.drawing(each)) for each in drawn],
            unknown=unknown,
            figure=figure,
            width=charts.WIDTH,
            height=charts.HEIGHT,
            margin=charts.MARGIN,
        )


def answering(recent: RecentTimes) -> Chart:
    """Time to answer, in milliseconds."""
    slots = [Slot(_ago(each.minutes_ago), tuple(map(_ms, (each.p50, each.p95, each.p99)))) for each in recent.slots()]
    return Chart("ops.chart.requests", SHARES, slots, "ops.chart.ms", lead="ops.chart.requests.lead")


def traffic(recent: RecentTimes) -> Chart:
    """How many requests, and how many of them the server failed."""
    slots = [Slot(_ago(each.minutes_ago), (each.answered, each.failed)) for each in recent.slots()]
    return Chart("ops.chart.traffic", ("ops.chart.answered", "ops.chart.failed"), slots, "ops.chart.count", kind="bars")


async def publishing(session: Session) -> Chart:
    """From the change to the published event."""
    told = await figures.outbox_lag(session)
    minutes = figures.LAG_SLOT_S / 60
    slots = [
        Slot(_ago(int(each.slots_ago * minutes)), tuple(map(_ms, (each.p50, each.p95, each.p99)))) for each in told
    ]
    return Chart("ops.chart.outbox", SHARES, slots, "ops.chart.ms", lead="ops.chart.outbox.lead", of=figures.LAG_OF)


async def waiting(desk: Desk, session: Session) -> Chart:
    """The age of the oldest item of every queue; an empty queue has none, and that is no trouble."""
    queues = await figures.queues(session, desk.kit.service.clock.now())
    slots = [Slot(desk.say(f"ops.queue.{each.name}"), (round(each.oldest_s or 0.0, 1),)) for each in queues]
    return Chart(
        "ops.chart.queues", ("ops.chart.oldest",), slots, "ops.chart.s", kind="bars", target=figures.SLOW_S,
        among="ops.chart.queue",
    )  # fmt: skip


async def _asked(session: Session, ask: Ask) -> Chart | None:
    """A figure that cannot be had is not known; it does not take the page with it."""
    try:
        async with session.begin_nested():
            return await ask(session)
    except SQLAlchemyError:
        return None


def figure(value: float) -> str:
    """A number as people read it: three digits that matter, thousands apart."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def time_labels(instants: Sequence[datetime]) -> list[str]:
    """Times of day in Riyadh."""
    return [f"{each.astimezone(RIYADH):%H:%M}" for each in instants]


def _ago(minutes: int) -> str:
    return time_labels([machine_now() - timedelta(minutes=minutes)])[0]


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
