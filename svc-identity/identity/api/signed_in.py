"""Whose browser this is: the account pages know a person by the session cookie, and changes ask for a fresh sign-in."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import machine_now
from chassis.database import Session
from identity.actions.open_session import session_digest
from identity.api.cookies import SESSION
from identity.models import Account, SignedIn
from identity.queries import session_by_digest
from identity.wiring import Identity


@dataclass(frozen=True)
class Holder:
    """Somebody at their own account page."""

    account: Account
    session: SignedIn


async def holder_of(service: Identity, session: Session, request: Request) -> Holder | None:
    """The live session of this browser and its account; being here keeps it from idling out."""
    digest = session_digest(service, request.cookies.get(SESSION, ""))
    found = await session_by_digest(session, digest, machine_now())
    if found is None:
        return None
    found[0].seen_at = machine_now()
    await session.flush()
    return Holder(found[1], found[0])


def is_fresh(service: Identity, holder: Holder) -> bool:
    """Whether the sign-in is recent enough to change what one signs in with."""
    fresh_for = timedelta(seconds=service.rules().number("identity.proof.fresh_for"))
    return machine_now() - holder.session.signed_in_at <= fresh_for


def to_sign_in_first(page: str) -> Response:
    """Off to the sign-in, and back to an account page after it."""
    return RedirectResponse(f"/sign-in?{urlencode({'next': page})}", 303)
