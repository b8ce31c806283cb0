"""What every route of this service asks for."""

from typing import Annotated

from fastapi import APIRouter, Depends

from chassis.http.unit import UnitRoute, service_of
from residency.wiring import Residency

ResidencyDep = Annotated[Residency, Depends(service_of)]

VISAS = "/v1/exit-reentry-visas"
RENEWALS = "/v1/iqama-renewals"
IQAMAS = "/v1/iqamas"
ASK_AGAIN_S = 1


def router(tag: str) -> APIRouter:
    """A router whose routes are one transaction each."""
    return APIRouter(route_class=UnitRoute, tags=[tag])
