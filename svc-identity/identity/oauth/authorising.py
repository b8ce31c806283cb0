"""What an authorisation request comes to: an answer for the client, a sign-in first, or a question to the person."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from joserfc import jwt
from joserfc.errors import JoseError
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.clock import machine_now
from identity.domain.proofs import acr_of
from identity.keys import ALGORITHM
from identity.models import Consent
from identity.oauth.asked import Asked, refuse_unreadable, refuse_unsupported
from identity.oauth.claims import ID_TOKEN, USERINFO, allowed_names, refuse_too_weak, wished, wished_value
from identity.oauth.provider import Provider
from identity.oauth.rows import Grantee, KnownClient
from identity.oauth.subjects import is_called
from identity.wiring import Identity

SIGNED_IN_AFTER = "signed_in_after"
"""Our own addition to a request that led to the sign-in page: what is older than this (epoch milliseconds) will not do."""
_ANEW = frozenset({"login", "select_account"})


class Next(StrEnum):
    """What the browser has to do before there is an answer."""

    SIGN_IN = "sign_in"
    CONSENT = "consent"


@dataclass(frozen=True)
class Decided:
    """`answer` for the client when it is there; else `next`, and for a consent what is asked and by whom."""

    answer: Any = None
    next: Next | None = None
    client: KnownClient | None = None
    scope: str = ""


class Word(StrEnum):
    """What a person has said on the consent page; a request that comes from a client says nothing."""

    NOTHING = "nothing"
    ALLOW = "allow"
    REFUSE = "refuse"


def decide(
    session: Session, service: Identity, asked: Asked, browser: Grantee | None, word: Word = Word.NOTHING
) -> Decided:
    """Judge a request and answer it if nothing is missing. Raises OAuth2Error."""
    given = asked.payload.data
    refuse_unreadable(asked)
    refuse_unsupported(given)
    wish = wished(given.get("claims"))
    provider = Provider(service, session)
    prompts = set(given.get("prompt", "").split())
    grantee = browser if browser is not None and _will_do(provider, browser, given, wish, prompts) else None
    grant = provider.get_consent_grant(asked, end_user=grantee)
    if grantee is None:
        if "none" in prompts:
            raise LoginRequiredError(redirect_uri=grant.redirect_uri)
        return Decided(next=Next.SIGN_IN)
    refuse_too_weak(wish, acr_of(grantee.session.second))
    client: KnownClient = grant.request.client
    scope = str(grant.request.scope)
    if word is Word.ALLOW:
        _keep_consent(session, grantee, client, scope, wish)
    elif word is Word.NOTHING and ("consent" in prompts or not _has_consented(session, grantee, client, scope, wish)):
        if "none" in prompts:
            raise ConsentRequiredError(redirect_uri=grant.redirect_uri)
        return Decided(next=Next.CONSENT, client=client, scope=scope)
    grantor = None if word is Word.REFUSE else grantee
    return Decided(answer=provider.create_authorization_response(asked, grant_user=grantor, grant=grant))


def again(given: dict[str, str]) -> dict[str, str]:
    """The request as it comes back from the sign-in page: only a sign-in from now on will do, if a fresh one was asked for.

    A hint of who signs in is not carried on: it may hold a national ID, and this ends up in an address.
    """
    kept = {name: value for name, value in given.items() if name not in ("login_hint", SIGNED_IN_AFTER)}
    return kept | {SIGNED_IN_AFTER: str(int(machine_now().timestamp() * 1000))}


def _will_do(provider: Provider, browser: Grantee, given: dict[str, str], wish: Any, prompts: set[str]) -> bool:
    """Whether the browser's session is of the person meant, and fresh enough."""
    client = provider.query_client(given.get("client_id", ""))
    hinted = _hinted(provider, given)
    wanted = wished_value(wish, "sub") or hinted
    if client is not None and wanted and not is_called(provider.service, client.row, browser.account, wanted):
        return False
    age = (machine_now() - browser.session.signed_in_at).total_seconds()
    too_old = bool(given.get("max_age")) and age > int(given["max_age"])
    if not too_old and not prompts & _ANEW:
        return True
    after = given.get(SIGNED_IN_AFTER, "")
    return after.isdecimal() and browser.session.signed_in_at.timestamp() * 1000 >= int(after)


def _hinted(provider: Provider, given: dict[str, str]) -> str | None:
    """Whom an ID token of ours speaks of, however old it is. Raises InvalidRequestError for any other."""
    hint = given.get("id_token_hint")
    if not hint:
        return None
    try:
        claims = jwt.decode(hint, provider.service.keys.key_set(), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise InvalidRequestError("id_token_hint is no ID token of ours") from error
    audience = claims.get("aud")
    if claims.get("iss") != provider.service.settings.public_url or audience != given.get("client_id"):
        raise InvalidRequestError("id_token_hint is no ID token of this client")
    return str(claims.get("sub", ""))


def _names(client: KnownClient, wish: Any) -> list[str]:
    scopes = client.row.scopes
    return sorted({*allowed_names(wish, USERINFO, scopes), *allowed_names(wish, ID_TOKEN, scopes)})


def _has_consented(session: Session, grantee: Grantee, client: KnownClient, scope: str, wish: Any) -> bool:
    """Our own clients do not ask: signing in to the platform is the consent."""
    if not client.row.asks_consent:
        return True
    # Held until the code is written, so that a withdrawal at the same moment finds the code.
    kept = session.get(Consent, (grantee.account.id, client.row.id), with_for_update={"read": True})
    return (
        kept is not None
        and set(scope.split()) <= set(kept.scope.split())
        and set(_names(client, wish)) <= set(kept.claims)
    )


def _keep_consent(session: Session, grantee: Grantee, client: KnownClient, scope: str, wish: Any) -> None:
    """Add to what was allowed before. Two answers at once, of one page posted twice, are both taken."""
    whose = {"account_id": grantee.account.id, "client_id": client.row.id}
    new = {"person": grantee.account.person, "scope": "", "claims": [], "given_at": machine_now()}
    session.execute(insert(Consent).values(**whose, **new).on_conflict_do_nothing())
    consent = session.scalars(sa.select(Consent).filter_by(**whose).with_for_update()).one()
    consent.scope = " ".join(dict.fromkeys([*consent.scope.split(), *scope.split()]))
    consent.claims = sorted({*consent.claims, *_names(client, wish)})
    consent.given_at = machine_now()
    session.flush()
