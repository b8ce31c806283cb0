"""A relation is asked for and who opened the case is not: the next employer reads the last one's."""

from typing import Any

import sqlalchemy as sa

SERVICE = "residency"
ROUTES = ("GET /v1/iqama-renewals/{renewal_id}",)


def plant(patch: Any, stage: Any) -> None:
    from chassis.authority import visible
    from contracts.authority import PERSON_RELATIONS
    from residency import queries
    from residency.models import IqamaRenewal

    def seen(principal: Any, now: Any) -> Any:
        return sa.select(IqamaRenewal).where(visible(principal, IqamaRenewal.person, through=PERSON_RELATIONS, now=now))

    patch.set(queries, "renewals_seen", seen)
