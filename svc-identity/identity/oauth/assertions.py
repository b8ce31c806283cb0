"""`private_key_jwt`: a client proves itself by a signature of its own over a moment and an id (RFC 7523, RFC 7521)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.clock import machine_now
from identity.domain.clients import ASSERTION_ALGORITHMS
from identity.models import SpentAssertion
from identity.oauth.asked import Asked, is_plain
from identity.oauth.rows import KnownClient
from identity.wiring import Identity

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_JTI_LONGEST = 256

FindClient = Callable[[str], KnownClient | None]


class Assertions:
    """The client an assertion proves, or none. Raises InvalidClientError for one that does not hold."""

    def __init__(self, service: Identity, session: Session) -> None:
        issuer = service.settings.public_url
        self._audiences = (issuer, f"{issuer}/oauth/token")
        self._bounds = service.rules().table("identity.assertion.clock")
        self._session = session

    def __call__(self, find: FindClient, asked: Asked) -> KnownClient | None:
        given = asked.payload.data
        assertion = given.get("client_assertion")
        if not assertion or given.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        try:
            client = find(_claimed_issuer(assertion))
            if client is None or client.row.jwks is None:
                raise _refused("the client is not known by a key")
            claims = _verified(assertion, client.row.jwks)
        except (JoseError, ValueError, TypeError, LookupError) as error:
            raise _refused("the assertion is not signed by the client") from error
        name = client.get_client_id()
        if claims.get("iss") != name or claims.get("sub") != name or given.get("client_id", name) != name:
            raise _refused("the assertion speaks for another")
        self._judge_audience(claims.get("aud"))
        expires = self._judge_times(claims)
        self._spend(name, claims.get("jti"), expires)
        return client

    def _judge_audience(self, audience: Any) -> None:
        told = audience if isinstance(audience, list) else [audience]
        if len(told) != 1 or told[0] not in self._audiences:
            raise _refused("the assertion is for somebody else")

    def _judge_times(self, claims: dict[str, Any]) -> float:
        now, bounds = machine_now().timestamp(), self._bounds
        expires = _instant(claims, "exp")
        if expires is None or expires + bounds["behind"] <= now or expires > now + bounds["longest"] + bounds["ahead"]:
            raise _refused("the assertion is not in its time")
        for name in ("nbf", "iat"):
            begins = _instant(claims, name)
            if begins is not None and begins > now + bounds["ahead"]:
                raise _refused("the assertion is not in its time")
        return expires

    def _spend(self, client_id: str, jti: Any, expires: float) -> None:
        if not isinstance(jti, str) or not 0 < len(jti) <= _JTI_LONGEST or "\x00" in jti:
            raise _refused("the assertion has no id")
        until = datetime.fromtimestamp(expires, UTC) + timedelta(seconds=self._bounds["behind"])
        spent = insert(SpentAssertion).values(client_id=client_id, jti=jti, expires_at=until)
        fresh = self._session.scalar(spent.on_conflict_do_nothing().returning(SpentAssertion.jti))
        if fresh is None:
            raise _refused("the assertion was used before")


def _claimed_issuer(assertion: str) -> str:
    """Whom it says it is from, before anything is believed: by it the keys are found."""
    payload = assertion.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    issuer = claims["iss"]
    if not isinstance(issuer, str) or not is_plain(issuer):
        raise TypeError("an issuer is a text")
    return issuer


def _verified(assertion: str, jwks: dict[str, Any]) -> dict[str, Any]:
    decoded = jwt.decode(assertion, KeySet.import_key_set(jwks), algorithms=ASSERTION_ALGORITHMS)  # type: ignore[arg-type]
    return dict(decoded.claims)


def _instant(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused("a time is no number")
    return float(value)


def _refused(why: str) -> InvalidClientError:
    return InvalidClientError(description=why, status_code=401)
