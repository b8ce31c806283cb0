"""Add a client, and end one: by somebody with access to the machine; what was done is in the audit."""

import secrets

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal
from chassis.clock import machine_now
from chassis.database import Session
from contracts.authority import Actor
from identity.domain.clients import AuthMethod
from identity.domain.registering import NewClient, faults_of
from identity.models import Client, RefreshToken, TokenFamily
from identity.oauth.rows import digest
from identity.wiring import Identity

_BY_SECRET = (AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST)
_WHY = "its client has ended"


class ClientRefused(ValueError):
    """The client cannot be had like this; `faults` says all that is the matter."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


async def add_client(service: Identity, session: Session, new: NewClient) -> str | None:
    """Make the row; returns its secret, which is kept nowhere, when it has one. Raises ClientRefused."""
    faults = faults_of(new, in_development=service.settings.in_development)
    if not faults and await session.get(Client, new.id) is not None:
        faults = ["there is one of this id already"]
    if faults:
        raise ClientRefused(faults)
    secret = secrets.token_urlsafe(32) if new.auth_method in _BY_SECRET else None
    session.add(
        Client(
            id=new.id,
            name_ar=new.name_ar,
            name_en=new.name_en,
            channel=new.channel,
            secret_digest=digest(secret) if secret else None,
            redirect_uris=list(new.redirect_uris),
            after_sign_out_uris=list(new.after_sign_out_uris),
            scopes=list(dict.fromkeys(new.scopes)),
            grants=[str(grant) for grant in new.grants],
            auth_method=str(new.auth_method),
            jwks=new.jwks,
            sector=new.sector,
            backchannel_logout_uri=new.backchannel_logout_uri,
            asks_consent=new.sector is not None,
            introspects_all=new.introspects_all,
            added_at=machine_now(),
        )
    )
    _write_down(service, session, "add_client", new.id)
    await session.flush()
    return secret


async def end_client(service: Identity, session: Session, client_id: str) -> bool:
    """End a client and every token it has; False when there is none that could end."""
    now = machine_now()
    ended = await session.scalar(
        sa.update(Client)
        .where(Client.id == client_id, Client.ended_at.is_(None))
        .values(ended_at=now)
        .returning(Client.id)
        .execution_options(synchronize_session=False)
    )
    if ended is None:
        return False
    await session.execute(
        sa.update(TokenFamily)
        .where(TokenFamily.client_id == client_id, TokenFamily.ended_at.is_(None), TokenFamily.expires_at > now)
        .values(ended_at=now, ended_for=_WHY)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        sa.update(RefreshToken)
        .where(RefreshToken.client_id == client_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now, revoked_for=_WHY)
        .execution_options(synchronize_session=False)
    )
    _write_down(service, session, "end_client", client_id)
    await session.flush()
    return True


def _write_down(service: Identity, session: Session, action: str, client_id: str) -> None:
    here = Principal(Actor.SYSTEM, Actor.SYSTEM, "", "command", channel="command")
    audit.act(session, service, here, standing=Actor.SYSTEM, person=audit.NOBODY, action=action, object_=client_id)
