"""Identity's figures over time: activations of each day against what is expected, and how fast codes leave."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis.clock import machine_now
from chassis.database import Session
from chassis.ops.charts import Chart, Slot
from chassis.ops.figures_page import SHARES, time_labels
from identity.figures import code_delivery_over_time, tallies_of_days
from identity.ops.cards import ALARMS
from identity.wiring import Identity

Ask = Callable[[Session], Awaitable[Chart]]
SLOTS, SLOT = 6, timedelta(minutes=10)


def charts(service: Identity) -> dict[str, Ask]:
    """The charts by their labels, each asked when the page is drawn."""

    async def activations(session: Session) -> Chart:
        today, shown = service.clock.today(), service.rules().number("identity.ops.days_shown")
        days = [today - timedelta(days=ago) for ago in range(shown - 1, -1, -1)]
        done = await tallies_of_days(session, "activation.done", days)
        slots = [Slot(f"{day:%m-%d}", (done.get(day, 0),)) for day in days]
        expected = service.rules().number("identity.activation.expected_a_day")
        series = ("ops.identity.chart.activations.done",)
        return Chart(
            "ops.identity.chart.activations", series, slots, "ops.chart.count", kind="bars", target=expected,
            among="ops.chart.day",
        )  # fmt: skip

    async def delivery(session: Session) -> Chart:
        told = await code_delivery_over_time(session, service.clock.now())
        agos = range(SLOTS - 1, -1, -1)
        labels = time_labels([machine_now() - ago * SLOT for ago in agos])
        slots = [Slot(label, told.get(ago, (None, None, None))) for label, ago in zip(labels, agos, strict=True)]
        slowest = service.rules().table(ALARMS)["code_delivery"]
        return Chart("ops.identity.chart.codes", SHARES, slots, "ops.chart.s", target=slowest)

    return {"ops.identity.chart.activations": activations, "ops.identity.chart.codes": delivery}
