"""Relations are read as they stood when somebody last cached them: who was an employer two days ago still is."""

from datetime import timedelta
from typing import Any

SERVICE = "residency"
ROUTES = ("GET /v1/iqamas/{iqama_id}", "GET /v1/iqamas")


def plant(patch: Any, stage: Any) -> None:
    from chassis import authority
    from chassis.http import unit

    now, holds = unit._now, authority._holds
    patch.set(unit, "_now", lambda request: now(request) - timedelta(days=2))
    patch.set(authority, "_holds", lambda instant: holds(instant - timedelta(days=2)))
