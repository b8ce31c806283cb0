"""`/v1/me/consents`: which clients of others I allowed to know what, and how I take it back."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from identity.actions.withdraw_consent import withdraw_consent
from identity.api.parts import IdentityDep
from identity.api.record_access import WordView
from identity.models import Client, Consent
from identity.oauth.claims import scopes_of
from identity.wiring import Identity

router = APIRouter(prefix="/v1/me/consents", tags=["me"], route_class=UnitRoute)


class ConsentView(BaseModel):
    """What one client was allowed: `knows` in words, of scopes and of claims asked for by name."""

    id: UUID
    client: WordView
    knows: list[WordView]
    given_at: datetime


@router.get("", summary="Which clients of others I allowed to know what, newest first")
async def list_my_consents(
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[ConsentView]:
    """Our own clients ask for no consent and are not here: they end with the session."""
    mine = sa.select(Consent).where(Consent.person == principal.subject)
    rows, following = await page_of(session, mine, Consent.id, cursor=cursor, limit=limit)
    named = await session.scalars(sa.select(Client).where(Client.id.in_({row.client_id for row in rows})))
    clients = {client.id: client for client in named}
    return Page(items=[consent_view(service, row, clients[row.client_id]) for row in rows], next=following)


@router.post("/{consent_id}/withdraw", status_code=204, dependencies=[OnceDep])
async def withdraw_my_consent(
    consent_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> Response:
    """The client is signed out of my data at once; it has to ask again."""
    await withdraw_consent(service, session, principal, consent_id)
    return Response(status_code=204)


def consent_view(service: Identity, consent: Consent, client: Client) -> ConsentView:
    """A consent in the words in which it was asked for."""
    scopes = dict.fromkeys([*consent.scope.split(), *scopes_of(consent.claims)])
    return ConsentView(
        id=consent.id,
        client=WordView(code=client.id, texts={"ar": client.name_ar, "en": client.name_en}),
        knows=[
            WordView(code=scope, texts=service.texts.both(f"scope.{scope}"))
            for scope in scopes
            if f"scope.{scope}" in service.texts
        ],
        given_at=consent.given_at,
    )
