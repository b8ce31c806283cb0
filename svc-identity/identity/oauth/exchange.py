"""Token exchange (RFC 8693): by an electronic authorisation, a person's own token becomes one that also names whom they act for.

The token gives nothing by itself. Services read the authorisation's row when they decide; the token only says which.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, TokenEndpointMixin, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant

from chassis.database import Session
from chassis.settings import AUDIENCE
from identity.domain.account import may_issue
from identity.domain.clients import ANY_METHOD, GrantType
from identity.oauth.families import grantee_of, open_family
from identity.oauth.presented import Presented, presented
from identity.queries import account_of
from identity.queries_authorisations import live_authorisation
from identity.wiring import Identity

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type's name
_FOR_SIGNING_IN = frozenset({"openid", "offline_access"})


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """A token for somebody we do not speak for was asked for."""

    error = "invalid_target"


@dataclass(frozen=True)
class ActedFor:
    """The person a live authorisation lets somebody act for."""

    person: str
    account_id: UUID
    authorisation: UUID


async def acted_for(service: Identity, session: Session, given: dict[str, str]) -> ActedFor | None:
    """Whom the holder of a request's subject token may act for by the authorisation it names; None when nobody."""
    found = await session.run_sync(lambda sync: presented(service, sync, given.get("subject_token", "")))
    if found is None or found.grantee is None or (named := _uuid(given.get("requested_subject", ""))) is None:
        return None
    actor = found.grantee.account.person
    authorisation = await live_authorisation(session, named, actor, service.clock.now())
    if authorisation is None:
        return None
    grantor = await account_of(session, authorisation.person)
    if grantor is None or not may_issue(grantor.status):
        return None
    return ActedFor(grantor.person, grantor.id, authorisation.id)


class ExchangeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Whoever holds the token stays the actor; `requested_subject` names the authorisation, and so the subject."""

    GRANT_TYPE = GrantType.EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS = ANY_METHOD

    def validate_token_request(self) -> None:
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError
        self.request.client = client
        given = self.request.payload.data
        _refuse_malformed(given)
        if given.get("audience", AUDIENCE) != AUDIENCE or "resource" in given:
            raise InvalidTarget
        self.held = self._held(given["subject_token"])

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        server, client, held = self.server, self.request.client, self.held
        signed_in, subject = held.family.session_id, server.acted_for
        grantee = None if signed_in is None else grantee_of(server.session, signed_in)
        if grantee is None or subject is None:
            raise InvalidRequestError("there is no such authorisation for the holder of this token")
        scope = self._scope(str(held.claims["scope"]))
        family = open_family(server.service, server.session, client.row, grantee, self.GRANT_TYPE, scope)
        family.on_behalf_of, family.authorisation = subject.person, str(subject.authorisation)
        server.session.flush()
        server.family = family
        server.acting = {
            "sub": str(subject.account_id),
            "act": {"sub": str(grantee.account.id), "person": grantee.account.person},
            "on_behalf_of": {"person": subject.person, "authorisation": str(subject.authorisation)},
        }
        token = self.generate_token(user=grantee, scope=scope, include_refresh_token=False)
        return 200, token | {"issued_token_type": ACCESS_TOKEN}, self.TOKEN_RESPONSE_HEADER

    def _held(self, token: str) -> Presented:
        """The caller's own token. One that acts for another already leads no further: authorisations are not passed on."""
        found = presented(self.server.service, self.server.session, token)
        if found is None or found.client.id != self.request.client.get_client_id():
            raise InvalidRequestError("the subject token is not a live one of this client")
        if found.claims["aud"] != AUDIENCE or found.family.on_behalf_of is not None:
            raise InvalidRequestError("the subject token may not be exchanged")
        return found

    def _scope(self, held: str) -> str:
        may = [each for each in held.split() if each not in _FOR_SIGNING_IN]
        asked = self.request.payload.scope
        scope = may if asked is None else [each for each in may if each in asked.split()]
        if asked is not None and not scope:
            raise InvalidScopeError
        return " ".join(scope)


def _refuse_malformed(given: dict[str, str]) -> None:
    if not given.get("subject_token") or given.get("subject_token_type") != ACCESS_TOKEN:
        raise InvalidRequestError("subject_token is an access token")
    if given.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN or "actor_token" in given:
        raise InvalidRequestError("an access token is all that is given, and its holder is the actor")
    if _uuid(given.get("requested_subject", "")) is None:
        raise InvalidRequestError("requested_subject is the id of an authorisation")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
