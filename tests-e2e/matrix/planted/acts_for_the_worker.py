"""A field too many: a worker who reads a visa of theirs is shown the acts that are open to whoever employs them."""

from dataclasses import replace
from typing import Any

SERVICE = "residency"
ROUTES = ("GET /v1/exit-reentry-visas/{visa_id}",)


def plant(patch: Any, stage: Any) -> None:
    from residency.actions import reading

    visa_reading = reading.visa_reading

    async def as_the_employer(service: Any, session: Any, visa: Any, acting: Any, *more: Any) -> Any:
        return await visa_reading(service, session, visa, replace(acting, by=frozenset({"sponsor"})), *more)

    patch.set(reading, "visa_reading", as_the_employer)
