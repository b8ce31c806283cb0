"""What identity's routes share: the running service, whence a request comes, and the sight of the system's own part."""

from typing import Annotated

from fastapi import Depends, Request

from chassis.database import Session, Sight, see_as
from chassis.http.unit import service_of
from identity.wiring import Identity

IdentityDep = Annotated[Identity, Depends(service_of)]


def source_of(request: Request) -> str:
    """The caller's network address as the gateway tells it; without a gateway, the peer's."""
    forwarded = request.headers.get("x-forwarded-for", "")
    return forwarded.split(",")[0].strip() or (request.client.host if request.client else "unknown")


async def see_as_part(service: Identity, session: Session, part: str) -> None:
    """From here on the transaction acts as a named part of the system: nobody has signed in yet."""
    await see_as(session, Sight.system(part), service.clock.now())
