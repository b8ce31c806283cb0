"""Which service a path belongs to: `routes.toml` as a tree of segments. What is not in it does not exist outside."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.limits import Cost, Limits

# Nothing under these is ever reachable from outside: a table that names one is refused.
INNER = (b"internal", b"metrics", b"control")


class RouteTableRefused(ValueError):
    """The table of routes contradicts itself or names an unknown class."""


@dataclass(frozen=True, slots=True)
class Route:
    """One prefix: whose it is, who may pass without a token, what it costs, how much it may bring (bytes).

    With `judges` the service looks at tokens itself: those of others, which open nothing but it, pass as no token.
    """

    prefix: str
    service: str
    public: bool
    exact: bool
    reading: Cost
    acting: Cost
    body: int
    judges: bool


class _Node:
    __slots__ = ("children", "route", "wild")

    def __init__(self) -> None:
        self.children: dict[bytes, _Node] = {}
        self.wild: _Node | None = None
        self.route: Route | None = None


class Routes:
    """Finds the route of a normalised path; the longest prefix wins."""

    def __init__(self, routes: list[Route]) -> None:
        self.all = tuple(routes)
        self._root = _Node()
        for route in routes:
            self._plant(route)

    def _plant(self, route: Route) -> None:
        node = self._root
        for segment in route.prefix.strip("/").encode().split(b"/") if route.prefix != "/" else ():
            if segment in INNER:
                raise RouteTableRefused(f"{route.prefix} would open an inner path")
            if segment == b"*":
                node.wild = node = node.wild or _Node()
            else:
                node = node.children.setdefault(segment, _Node())
        if node.route is not None:
            raise RouteTableRefused(f"{route.prefix} stands twice")
        node.route = route

    def find(self, path: bytes) -> Route | None:
        """The route of a path that `paths.normalised` let through, or None."""
        node = self._root
        found = node.route
        for segment in path[1:].split(b"/"):
            below = node.children.get(segment) or node.wild
            if below is None:
                break
            node = below
            if node.route is not None:
                found = node.route
        if found is None or (found.exact and path != found.prefix.encode()):
            return None
        return found


def read(limits: Limits, own: Path | None = None) -> Routes:
    """The packaged table, or an operator's own. Raises RouteTableRefused."""
    text = (own or resources.files("gateway").joinpath("routes.toml")).read_text(encoding="utf-8")
    return Routes([_route(entry, limits) for entry in tomllib.loads(text)["route"]])


def _route(entry: Mapping[str, Any], limits: Limits) -> Route:
    cost, body = entry.get("cost", "act"), entry.get("body", "json")
    unknown = set(entry) - {"prefix", "service", "public", "exact", "cost", "body", "judges"}
    if entry.get("judges", False) and not entry.get("public", False):
        raise RouteTableRefused(f"{entry.get('prefix')}: a service that judges tokens itself is public here")
    if unknown or cost not in limits.cost or body not in limits.bodies:
        raise RouteTableRefused(f"{entry.get('prefix')}: {unknown or (cost, body)} is not known")
    return Route(
        prefix=entry["prefix"],
        service=entry["service"],
        public=entry.get("public", False),
        exact=entry.get("exact", False),
        reading=limits.cost["read" if cost in {"act", "upload"} else cost],
        acting=limits.cost[cost],
        body=limits.bodies[body],
        judges=entry.get("judges", False),
    )
