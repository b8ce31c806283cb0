"""The role is asked for and the case is not: every officer opens every case."""

from typing import Any

SERVICE = "passport"
ROUTES = ("GET /v1/passport-applications/{application_id}/pledges",)


def plant(patch: Any, stage: Any) -> None:
    from passport.actions import reviewing

    async def no_matter(*_: Any) -> None:
        return None

    patch.set(reviewing, "_require_hold", no_matter)
