"""What every route of this service asks for."""

from typing import Annotated

from fastapi import APIRouter, Depends

from chassis.http.unit import UnitRoute, service_of
from passport.wiring import Passport

PassportDep = Annotated[Passport, Depends(service_of)]

APPLICATIONS = "/v1/passport-applications"


def router() -> APIRouter:
    """A router whose routes are one transaction each."""
    return APIRouter(route_class=UnitRoute, tags=["passport applications"])
