"""The gateway's bounds, read from `limits.toml`: times in seconds, sizes in bytes, rates per second."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Times:
    head: float
    body: float
    answer: float
    answer_body: float
    stall: float
    client_stall: float
    connect: float
    idle_upstream: float
    keep_alive: float
    sweep: float
    drain_notice: float
    drain: float
    health: float
    health_kept: float
    linger: float
    log_held: float
    https_for: int


@dataclass(frozen=True, slots=True)
class Sizes:
    head: int
    headers: int
    connections: int
    url: int
    buffered_body: int
    bodies_at_once: int
    window: int
    linger: int
    internal_answer: int


@dataclass(frozen=True, slots=True)
class UpstreamBounds:
    in_flight: int
    kept_connections: int


@dataclass(frozen=True, slots=True)
class BreakerBounds:
    calls: int
    failed_share: float
    window: float
    probe_every: float


@dataclass(frozen=True, slots=True)
class TokenBounds:
    algorithms: tuple[str, ...]
    skew: int
    longest_life: int
    cached: int
    longest: int
    keys_kept: float
    keys_asked_every: float
    keys_largest: int


@dataclass(frozen=True, slots=True)
class EndsBounds:
    every: float
    patience: float
    largest: int


@dataclass(frozen=True, slots=True)
class BucketBounds:
    kept: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one caller may do in a class of requests, and how much of a service that class may fill."""

    name: str
    rate: float
    burst: int
    share: float


@dataclass(frozen=True, slots=True)
class Limits:
    """All of `limits.toml`."""

    times: Times
    sizes: Sizes
    bodies: dict[str, int]
    upstream: UpstreamBounds
    breaker: BreakerBounds
    tokens: TokenBounds
    ends: EndsBounds
    buckets: BucketBounds
    cost: dict[str, Cost]


def read(own: Path | None = None) -> Limits:
    """The packaged limits, with an operator's file laid over them table by table. Raises TypeError on an unknown key."""
    table = tomllib.loads(resources.files("gateway").joinpath("limits.toml").read_text(encoding="utf-8"))
    if own is not None:
        _lay_over(table, tomllib.loads(own.read_text(encoding="utf-8")))
    return Limits(
        times=Times(**table.pop("times")),
        sizes=Sizes(**table.pop("sizes")),
        bodies=table.pop("bodies"),
        upstream=UpstreamBounds(**table.pop("upstream")),
        breaker=BreakerBounds(**table.pop("breaker")),
        tokens=TokenBounds(**{**(tokens := table.pop("tokens")), "algorithms": tuple(tokens["algorithms"])}),
        ends=EndsBounds(**table.pop("ends")),
        buckets=BucketBounds(**table.pop("buckets")),
        cost={name: Cost(name=name, **cost) for name, cost in table.pop("cost").items()},
        **table,
    )


def _lay_over(table: dict[str, Any], own: dict[str, Any]) -> None:
    for name, value in own.items():
        if isinstance(value, dict) and isinstance(table.get(name), dict):
            _lay_over(table[name], value)
        else:
            table[name] = value
