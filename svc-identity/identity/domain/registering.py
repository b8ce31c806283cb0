"""What a client may be registered as: which grant asks for which proof, which addresses and keys are fit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from identity.domain.clients import (
    ASSERTION_ALGORITHMS,
    CONFIDENTIAL,
    SIGN_IN_SCOPES,
    AuthMethod,
    GrantType,
    address_fault,
    own_scopes,
)

_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
_LEAST_MODULUS = 342  # characters of base64url: the modulus of an RSA key of 2048 bits


@dataclass(frozen=True)
class NewClient:
    """A client as somebody with access to the machine wants it."""

    id: str
    name_ar: str
    name_en: str
    channel: str
    auth_method: AuthMethod
    grants: Sequence[GrantType]
    scopes: Sequence[str]
    redirect_uris: Sequence[str] = ()
    after_sign_out_uris: Sequence[str] = ()
    sector: str | None = None
    backchannel_logout_uri: str | None = None
    jwks: dict[str, Any] | None = None
    introspects_all: bool = False


def faults_of(new: NewClient, *, in_development: bool) -> list[str]:
    """Everything that is the matter with it, in words for whoever types the command; empty when it is fit."""
    return [*_of_names(new), *_of_proof(new), *_of_grants(new), *_of_addresses(new, in_development=in_development)]


def _of_names(new: NewClient) -> Iterator[str]:
    if not _NAME.fullmatch(new.id):
        yield "the id is small letters, digits and dashes"
    if not new.name_ar.strip() or not new.name_en.strip():
        yield "people are asked about it by name: it has one in Arabic and one in English"
    if not new.scopes:
        yield "it has at least one scope"
    if new.sector is not None and own_scopes(new.scopes):
        yield f"another's client learns who signed in and opens nothing of ours: scopes are of {', '.join(SIGN_IN_SCOPES)}"


def _of_proof(new: NewClient) -> Iterator[str]:
    if (new.auth_method is AuthMethod.PRIVATE_KEY_JWT) != (new.jwks is not None):
        yield "private_key_jwt goes with the client's public keys, and nothing else does"
    if new.introspects_all and new.auth_method not in CONFIDENTIAL:
        yield "a resource server proves itself"
    if new.jwks is not None:
        yield from _of_keys(new.jwks)


def _of_keys(jwks: dict[str, Any]) -> Iterator[str]:
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        yield "the key set has keys"
        return
    for key in keys:
        if key.get("kty") not in _KEY_TYPES or key.get("alg", ASSERTION_ALGORITHMS[0]) not in ASSERTION_ALGORITHMS:
            yield f"a key is for one of {', '.join(ASSERTION_ALGORITHMS)}"
        if _PRIVATE & key.keys():
            yield "a key is private: its owner keeps that half"
        if key.get("kty") == "RSA" and len(str(key.get("n", "")).rstrip("=")) < _LEAST_MODULUS:
            yield "an RSA key has 2048 bits at least"
        if len(keys) > 1 and not key.get("kid"):
            yield "of several keys each has a kid"


def _of_grants(new: NewClient) -> Iterator[str]:
    if not new.grants:
        yield "it has at least one grant"
    if (GrantType.CODE in new.grants) != bool(new.redirect_uris):
        yield "the code grant goes with addresses to send people back to, and nothing else does"
    if GrantType.CLIENT in new.grants and new.auth_method is not AuthMethod.PRIVATE_KEY_JWT:
        yield "tokens in its own name are given for private_key_jwt only"
    if GrantType.CLIENT in new.grants and not own_scopes(new.scopes):
        yield "tokens in its own name have a scope of their own"
    if GrantType.EXCHANGE in new.grants and new.sector is not None:
        yield "nobody acts for another through another's client"
    if set(new.grants) == {GrantType.REFRESH}:
        yield "what is refreshed was given by another grant"


def _of_addresses(new: NewClient, *, in_development: bool) -> Iterator[str]:
    for uri in (*new.redirect_uris, *new.after_sign_out_uris):
        if fault := address_fault(uri, in_development=in_development, web_only=new.auth_method in CONFIDENTIAL):
            yield f"{uri} {fault}"
    if new.backchannel_logout_uri and (
        fault := address_fault(new.backchannel_logout_uri, in_development=in_development)
    ):
        yield f"{new.backchannel_logout_uri} {fault}"
