"""Clients: how one proves itself, which grants there are, what a scope lets it know or do, which addresses are fit."""

from collections.abc import Collection
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from chassis.settings import AUDIENCE


class AuthMethod(StrEnum):
    """How a client proves itself at every door of the provider; a row names one."""

    NONE = "none"
    SECRET_BASIC = "client_secret_basic"  # noqa: S105 - a method's name
    SECRET_POST = "client_secret_post"  # noqa: S105 - a method's name
    PRIVATE_KEY_JWT = "private_key_jwt"


class GrantType(StrEnum):
    """By what a client may come by tokens; a row lists them."""

    CODE = "authorization_code"
    REFRESH = "refresh_token"
    CLIENT = "client_credentials"
    DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
    EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


CONFIDENTIAL = [AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST, AuthMethod.PRIVATE_KEY_JWT]
ANY_METHOD = [*CONFIDENTIAL, AuthMethod.NONE]
# Of a person: nothing of it is a client's own.
SIGN_IN_SCOPES = ("openid", "profile", "email", "phone", "address", "offline_access")
ASSERTION_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def own_scopes(scopes: Collection[str]) -> list[str]:
    """What a client may do in its own name: everything it has that is not about a person who signs in."""
    return [each for each in scopes if each not in SIGN_IN_SCOPES]


def principal_of(client_id: str) -> str:
    """The subject a client acts as in its own name."""
    return f"client:{client_id}"


def audience(sector: str | None, issuer: str) -> str:
    """For whom a client's tokens are: ours open the API, another's open the provider's own doors only."""
    return AUDIENCE if sector is None else issuer


def address_fault(url: str, *, in_development: bool, web_only: bool = True) -> str | None:
    """What is the matter with an address a client registers; None when it is fit. `web_only` refuses app schemes."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no address"
    if not url.isascii() or not url.isprintable() or " " in url or "*" in url:
        return "has characters it may not have"
    if parts.fragment or "#" in url or parts.username is not None or parts.password is not None:
        return "has a fragment or a user in it"
    if parts.scheme == "https" and parts.hostname:
        return _host_fault(parts.hostname, port, in_development=in_development)
    if parts.scheme == "http" and parts.hostname in _LOOPBACK and (in_development or not web_only):
        return None
    if not web_only and "." in parts.scheme and not parts.netloc:
        return None  # an app's own scheme is a domain name turned round (RFC 8252, section 7.1)
    return "is neither https nor, in development, a loopback address"


def _host_fault(host: str, port: int | None, *, in_development: bool) -> str | None:
    if in_development:
        return None
    if port not in (None, 443):  # the port of https
        return "has a port of its own"
    try:
        ip_address(host)
    except ValueError:
        return None if "." in host else "names no public host"
    return "is a number and no name"
