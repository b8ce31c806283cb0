"""Small charts as plain SVG: what is drawn is worked out here, without a library or a script; a table says the same.

A value that is not known is a gap in a line and a word in the table, never zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Literal

WIDTH, HEIGHT, MARGIN = 600, 180, 12
_ROUND = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Slot:
    """One place on the horizontal line: what it is called, and a value per series (None: not known)."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """What a chart says. `label`, `series`, `unit` and `lead` are text keys; `target` is drawn across.

    `among`: the first column's text key. `of`: how many at most were looked at, for the lead's words. Lines are for what goes on, bars for what is counted.
    """

    label: str
    series: tuple[str, ...]
    slots: Sequence[Slot]
    unit: str
    kind: Literal["lines", "bars"] = "lines"
    target: float | None = None
    lead: str | None = None
    among: str = "ops.chart.time"
    of: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known."""
        return all(value is None for slot in self.slots for value in slot.values)


@dataclass(frozen=True)
class Bar:
    """One bar of a series, from its upper left corner."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Drawing:
    """Where everything is, in the units of a picture of WIDTH by HEIGHT. `lines` are per series, broken where nothing is known."""

    top: float
    lines: list[list[str]]
    dots: list[list[tuple[float, float]]]
    bars: list[Bar]
    target_y: float | None


def drawing(chart: Chart) -> Drawing:
    """The picture of a chart, from zero to a round number above everything in it."""
    known = [value for slot in chart.slots for value in slot.values if value is not None]
    top = _round_above(max([*known, chart.target or 0.0, 0.0]))
    lines, dots, bars = [], [], []
    if chart.kind == "bars":
        bars = _bars(chart, top)
    else:
        for place in range(len(chart.series)):
            runs = _runs([slot.values[place] for slot in chart.slots], top)
            lines.append([" ".join(f"{x:g},{y:g}" for x, y in run) for run in runs if len(run) > 1])
            dots.append([run[0] for run in runs if len(run) == 1])
    return Drawing(top, lines, dots, bars, None if chart.target is None else _y(chart.target, top))


def _runs(values: Sequence[float | None], top: float) -> list[list[tuple[float, float]]]:
    """The stretches in which every value is known."""
    step = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((round(MARGIN + place * step, 1), _y(value, top)))
    return [run for run in runs if run]


def _bars(chart: Chart, top: float) -> list[Bar]:
    """A bar for each value; of several series the later ones stand before the earlier, of which they are a part."""
    step = (WIDTH - 2 * MARGIN) / max(1, len(chart.slots))
    found = []
    for place, slot in enumerate(chart.slots):
        for series, value in enumerate(slot.values):
            if value:
                y = _y(value, top)
                x = round(MARGIN + (place + 0.15) * step, 1)
                found.append(Bar(series, x, y, round(0.7 * step, 1), round(HEIGHT - MARGIN - y, 1)))
    return found


def _y(value: float, top: float) -> float:
    return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value / top, 1)


def _round_above(value: float) -> float:
    """A number people read easily, not below the value: 1, 2, 2.5 or 5 with zeros."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (ceil(log10(value)) - 1)
    return next(float(f"{step * power:.6g}") for step in _ROUND if step * power >= value * 0.999_999)
