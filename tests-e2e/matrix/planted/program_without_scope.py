"""A program in its own name is let in as if it were somebody, whatever its token was given for."""

from types import SimpleNamespace
from typing import Any

SERVICE = "support"
ROUTES = ("GET /v1/tickets",)


def plant(patch: Any, stage: Any) -> None:
    from chassis.http import unit

    patch.set(unit, "Actor", SimpleNamespace(CLIENT="nobody's kind"))
