"""Doors for applicants, for specialists, and for whoever tracks a ticket without signing in."""

from typing import Annotated

from fastapi import Depends

from chassis.http.unit import service_of
from support.wiring import Support

SupportDep = Annotated[Support, Depends(service_of)]
