"""What a client learns of a person: by scope, and by name (OpenID Connect Core, section 5.5). Never the national ID."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from identity.domain.proofs import is_as_strong
from identity.models import Account

USERINFO, ID_TOKEN = "userinfo", "id_token"
_SCOPE_OF = {
    "name": "profile",
    "name#ar": "profile",
    "name#en": "profile",
    "locale": "profile",
    "email": "email",
    "email_verified": "email",
    "phone_number": "phone",
    "phone_number_verified": "phone",
}
CLAIMS = (*_SCOPE_OF, "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash")

Wish = Mapping[str, Any]


class UnmetAuthentication(OAuth2Error):  # type: ignore[misc]
    """The sign-in is not as strong as the client insists on (OpenID Connect Unmet Authentication Requirements 1.0)."""

    error = "unmet_authentication_requirements"


def wished(text: str | None) -> dict[str, dict[str, Any]] | None:
    """The `claims` parameter as read; None when there is none. Raises InvalidRequestError."""
    if not text:
        return None
    try:
        told = json.loads(text)
    except ValueError as error:
        raise InvalidRequestError("claims is no JSON") from error
    if not isinstance(told, dict):
        raise InvalidRequestError("claims is no object")
    found = {where: told.get(where) or {} for where in (USERINFO, ID_TOKEN)}
    for names in found.values():
        if not isinstance(names, dict) or any(not isinstance(wish, dict | None) for wish in names.values()):
            raise InvalidRequestError("claims names claims, each null or an object")
    return found


def allowed_names(wish: Wish | None, where: str, scopes: Iterable[str]) -> list[str]:
    """The claims asked for by name that the client's own list of scopes lets it have."""
    may = set(scopes)
    return [name for name in (wish or {}).get(where) or {} if _SCOPE_OF.get(name) in may]


def scopes_of(names: Iterable[str]) -> list[str]:
    """The scopes that would tell these claims, each once: the words in which a person is told of them."""
    return sorted({_SCOPE_OF[name] for name in names if name in _SCOPE_OF})


def wished_value(wish: Wish | None, name: str) -> str | None:
    """The one value an ID token's claim must have, if the client insists on one."""
    asked = ((wish or {}).get(ID_TOKEN) or {}).get(name)
    value = asked.get("value") if isinstance(asked, dict) else None
    return value if isinstance(value, str) else None


def refuse_too_weak(wish: Wish | None, acr: str) -> None:
    """Raises UnmetAuthentication when an essential `acr` is asked for that the session has not."""
    asked = ((wish or {}).get(ID_TOKEN) or {}).get("acr")
    if not isinstance(asked, dict) or not asked.get("essential"):
        return
    values = asked.get("values") or [asked.get("value")]
    strong = [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
    if strong and not any(is_as_strong(acr, value) for value in strong):
        raise UnmetAuthentication


def claims_about(account: Account, scope: str, names: Iterable[str] = ()) -> dict[str, Any]:
    """What is told of an account for these scopes and names; what is not known is left out."""
    scopes, by_name = set(scope.split()), set(names)
    known = _known(account)
    return {name: value for name, value in known.items() if _SCOPE_OF[name] in scopes or name in by_name}


def _known(account: Account) -> dict[str, Any]:
    known: dict[str, Any] = {"locale": account.language}
    if account.name_ar and account.name_en:
        known["name"] = account.name_ar if account.language == "ar" else account.name_en
        known |= {"name#ar": account.name_ar, "name#en": account.name_en}
    if account.email:
        known |= {"email": account.email, "email_verified": account.email_verified_at is not None}
    if account.mobile:
        known |= {"phone_number": account.mobile, "phone_number_verified": True}
    return known
