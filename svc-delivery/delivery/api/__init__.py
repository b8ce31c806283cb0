"""Doors for holders and their households, for clerks and operators, and for the carrier."""

from typing import Annotated

from fastapi import Depends

from chassis.http.unit import service_of
from delivery.wiring import Delivery

DeliveryDep = Annotated[Delivery, Depends(service_of)]
