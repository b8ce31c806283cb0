"""What every route of notify asks for: the running service."""

from typing import Annotated

from fastapi import Depends

from chassis.http.unit import service_of
from notify.wiring import Notify

NotifyDep = Annotated[Notify, Depends(service_of)]
