"""The gateway's figures for Prometheus: counted in plain numbers on the path, dressed up only when they are read."""

from bisect import bisect_left
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS = (*(str(bound) for bound in _SECONDS), "+Inf")


class _Times:
    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(_SECONDS) + 1)
        self.total = 0.0


class Figures(Collector):
    """RED by route prefix; labels hold names, never people, addresses or ids."""

    def __init__(self, gauges: Callable[[], Iterator[tuple[str, str, dict[str, float]]]]) -> None:
        """`gauges` yields name, help and value by service (or `""`) at the moment of reading."""
        self._answered: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, _Times] = {}
        self._gauges = gauges
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def tell(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        key = (route, method, status)
        answered = self._answered
        answered[key] = answered.get(key, 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = _Times()
        times.counts[bisect_left(_SECONDS, seconds)] += 1
        times.total += seconds

    def collect(self) -> Iterator[Metric]:
        """What Prometheus reads."""
        requests = CounterMetricFamily("http_requests", "Requests answered", labels=["route", "method", "status"])
        for (route, method, status), count in self._answered.items():
            requests.add_metric([route, method, str(status)], count)
        yield requests
        seconds = HistogramMetricFamily("http_request_seconds", "Time to answer", labels=["route"])
        for route, times in self._times.items():
            running, buckets = 0, []
            for bound, count in zip(_BOUNDS, times.counts, strict=True):
                running += count
                buckets.append((bound, float(running)))
            seconds.add_metric([route], buckets, times.total)
        yield seconds
        for name, text, values in self._gauges():
            gauge = GaugeMetricFamily(name, text, labels=["upstream"])
            for service, value in values.items():
                gauge.add_metric([service], value)
            yield gauge

    def render(self) -> bytes:
        """Prometheus text format."""
        return generate_latest(self._registry)
