"""An access token of ours, brought back: is it one, and is everything it rests on still alive?"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import JoseError
from sqlalchemy.orm import Session

from chassis.clock import machine_now
from chassis.settings import AUDIENCE
from identity.domain.account import may_issue
from identity.keys import ALGORITHM
from identity.models import Account, Client, TokenFamily
from identity.oauth.families import grantee_of
from identity.oauth.rows import Grantee
from identity.wiring import Identity


@dataclass(frozen=True)
class Presented:
    """A live access token: its claims, family and client, and who signed in (nobody for a client's own)."""

    claims: dict[str, Any]
    family: TokenFamily
    client: Client
    grantee: Grantee | None


def presented(service: Identity, session: Session, token: str) -> Presented | None:
    """The token, if it is ours, in its time, and its family, session, account and client are alive."""
    claims = _claims(service, token)
    if claims is None:
        return None
    family = session.get(TokenFamily, UUID(claims["family"]))
    if family is None or family.ended_at is not None or family.client_id != claims["client_id"]:
        return None
    client = session.get(Client, family.client_id)
    if client is None or client.ended_at is not None:
        return None
    grantee = None
    if family.session_id is not None:
        grantee = grantee_of(session, family.session_id, lock=False)
        if grantee is None or not _is_active(session, family.on_behalf_of):
            return None
    return Presented(claims, family, client, grantee)


def _claims(service: Identity, token: str) -> dict[str, Any] | None:
    try:
        decoded = jwt.decode(token, service.keys.key_set(), algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, LookupError):
        return None
    header, claims = decoded.header, decoded.claims
    issuer = service.settings.public_url
    ours = (
        str(header.get("typ", "")).lower() == "at+jwt"
        and claims.get("iss") == issuer
        and claims.get("aud") in (AUDIENCE, issuer)
        and isinstance(claims.get("exp"), int)
        and claims["exp"] > machine_now().timestamp()
        and isinstance(claims.get("family"), str)
    )
    return dict(claims) if ours else None


def _is_active(session: Session, person: str | None) -> bool:
    if person is None:
        return True
    status = session.scalar(sa.select(Account.status).where(Account.person == person))
    return status is not None and may_issue(status)
