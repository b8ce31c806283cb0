"""How long answers took of late, minute by minute, in this process: for a page that is read now. Prometheus has the rest."""

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MINUTES = 60
SLOT = 5
_RATIO = 1.15  # a quantile is told to within a fourteenth
_LEAST_S = 0.0005
_BOUNDS = tuple(_LEAST_S * _RATIO**step for step in range(72))  # up to ten seconds


@dataclass
class _Minute:
    number: int
    counts: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))
    failed: int = 0


@dataclass(frozen=True)
class Slot:
    """Some minutes: how many answers, how many of them 5xx, and seconds within which a share was given (None: no answers)."""

    minutes_ago: int
    answered: int
    failed: int
    p50: float | None
    p95: float | None
    p99: float | None


class RecentTimes:
    """The last hour. `clock` is in seconds and only goes forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minutes: dict[int, _Minute] = {}

    def tell(self, seconds: float, *, failed: bool) -> None:
        """Count one answer."""
        number = int(self._clock() // 60)
        minute = self._minutes.get(number)
        if minute is None:
            self._minutes = {each: kept for each, kept in self._minutes.items() if each > number - MINUTES}
            minute = self._minutes[number] = _Minute(number)
        minute.counts[bisect_left(_BOUNDS, seconds)] += 1
        minute.failed += failed

    def slots(self) -> list[Slot]:
        """The hour in slots of five minutes, the oldest first; a slot without answers is there and empty."""
        now = int(self._clock() // 60)
        return [self._slot(now, ago) for ago in range(MINUTES - SLOT, -1, -SLOT)]

    def _slot(self, now: int, ago: int) -> Slot:
        numbers = range(now - ago - SLOT + 1, now - ago + 1)
        minutes = [self._minutes[each] for each in numbers if each in self._minutes]
        counts = [sum(each) for each in zip(*(minute.counts for minute in minutes), strict=True)]
        quantiles = (_quantile(counts, share) for share in (0.50, 0.95, 0.99))
        return Slot(ago, sum(counts), sum(each.failed for each in minutes), *quantiles)


def _quantile(counts: Iterable[int], share: float) -> float | None:
    """Seconds within which this share was answered: the middle of its bucket."""
    listed = list(counts)
    wanted, met = math.ceil(share * sum(listed)), 0
    for place, count in enumerate(listed):
        met += count
        if count and met >= wanted:
            return _BOUNDS[min(place, len(_BOUNDS) - 1)] / math.sqrt(_RATIO)
    return None
