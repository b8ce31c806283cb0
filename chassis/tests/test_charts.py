"""Figures over time: what was answered of late, what is drawn of it, and that a gap is a gap and no zero."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sample import desk as section
from tests_support import SIGHT

from chassis.clock import machine_now
from chassis.http.app import create_app
from chassis.identifiers import uuid7
from chassis.models import OutboxRow
from chassis.ops import charts, figures
from chassis.ops.charts import Chart, Slot, drawing
from chassis.ops.figures_page import figure
from chassis.telemetry.recent import MINUTES, SLOT, RecentTimes
from chassis.testing.desk import StaffBrowser, staff_browser
from chassis.testing.tokens import TokenMint
from chassis.wiring import Service


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100_000.0

    def __call__(self) -> float:
        return self.at


@pytest_asyncio.fixture
async def operator(service: Service, mint: TokenMint) -> AsyncIterator[StaffBrowser]:
    made = create_app(
        service, [section.create_ops(service)], title="Sample", summary="For tests", verifier=mint.verifier()
    )
    async with staff_browser(service, made, mint, "S-1", {"operator": "main"}) as browser:
        yield browser


def test_recent_times_tell_quantiles_by_slots_and_forget_what_is_older_than_an_hour() -> None:
    clock = Hand()
    recent = RecentTimes(clock)
    for each in range(1, 1001):
        recent.tell(each / 1000, failed=each > 990)
    slots = recent.slots()
    assert len(slots) == MINUTES // SLOT
    last = slots[-1]
    assert (last.minutes_ago, last.answered, last.failed) == (0, 1000, 10)
    for told, true in ((last.p50, 0.5), (last.p95, 0.95), (last.p99, 0.99)):
        assert told == pytest.approx(true, rel=1 / 14)
    # A slot in which nothing was answered has no time, and not none at all.
    assert [(each.answered, each.p50) for each in slots[:-1]] == [(0, None)] * (len(slots) - 1)
    clock.at += 60 * 30
    recent.tell(9.0, failed=False)
    assert [each.answered for each in recent.slots()] == [0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 1]
    recent.tell(86_400.0, failed=False)
    recent.tell(0.0, failed=False)
    clock.at += 60 * MINUTES
    recent.tell(0.01, failed=False)
    assert [each.answered for each in recent.slots()] == [0] * 11 + [1]
    assert len(recent._minutes) == 1


def test_a_line_is_broken_where_nothing_is_known_and_the_target_is_within_the_picture() -> None:
    values = [(1.0,), (None,), (3.0,), (2.0,), (None,), (4.0,)]
    chart = Chart("x", ("ops.chart.p50",), [Slot(str(at), each) for at, each in enumerate(values)], "s", target=40.0)
    picture = drawing(chart)
    assert picture.top == 50
    assert [len(run.split()) for run in picture.lines[0]] == [2]
    assert len(picture.dots[0]) == 2
    assert picture.target_y is not None
    assert charts.MARGIN <= picture.target_y < picture.dots[0][0][1] < charts.HEIGHT - charts.MARGIN
    assert not chart.is_empty
    empty = Chart("x", ("ops.chart.p50",), [Slot("a", (None,))], "s")
    assert (empty.is_empty, drawing(empty).lines, drawing(empty).dots) == (True, [[]], [[]])
    bars = drawing(Chart("x", ("a", "b"), [Slot("a", (10.0, 2.0)), Slot("b", (0, 0))], "count", kind="bars")).bars
    assert [each.series for each in bars] == [0, 1]
    assert bars[0].height > bars[1].height > 0
    assert {bar.y + bar.height for bar in bars} == {charts.HEIGHT - charts.MARGIN}


@pytest.mark.parametrize(
    ("value", "top", "shown"),
    [(0, 1, "0"), (0.93, 1, "0.93"), (1, 1, "1"), (11, 20, "11"), (10_000, 10_000, "10,000"), (12.34, 20, "12.3")],
)
def test_scales_end_on_round_numbers_and_figures_are_short(value: float, top: float, shown: str) -> None:
    assert drawing(Chart("x", ("a",), [Slot("a", (value,))], "s")).top == top
    assert figure(value) == shown


async def test_the_page_draws_and_tables_the_same_figures(service: Service, operator: StaffBrowser) -> None:
    async with service.database.transaction(SIGHT) as session:
        for at, took in enumerate((0.1, 0.2, 0.4)):
            recorded = machine_now() - timedelta(seconds=20)
            session.add(
                OutboxRow(
                    event_id=uuid7(), type="support.ticket.opened.v1", aggregate=f"support.ticket:{at}", version=1,
                    partition=0, body={}, occurred_at=recorded, recorded_at=recorded,
                    published_at=recorded + timedelta(seconds=took),
                )
            )  # fmt: skip
        await session.flush()
        lag = (await figures.outbox_lag(session))[-1]
        assert (lag.slots_ago, lag.p50, lag.p99) == (0, pytest.approx(0.2), pytest.approx(0.396))
    for _ in range(3):
        await operator.page("")
    for language, words in (("en", "Time to answer in the last hour"), ("ar", "زمن الإجابة في الساعة الأخيرة")):
        page = await operator.page("/figures", language=language)
        assert words in page
        assert page.count('<svg viewBox="0 0 600 180" role="img" aria-label=') == 4
        assert page.count("<details><summary>") == 4
        assert not re.findall(r"<script|style=|https?://", page)
    rows = re.findall(r'<td class="number"><bdi>200</bdi></td><td class="number"><bdi>380</bdi></td>', page)
    assert len(rows) == 1
    assert "غير معروف" in page
