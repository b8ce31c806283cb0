"""An OAuth request as it came: its parameters, and what is refused before anything else looks at it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, OAuth2Request

Pairs = Iterable[tuple[str, str]]
# What the library may echo in an error's description (RFC 6749, section 4.1.2.1); anything else makes it fail.
_ECHOED = ("client_id", "response_type", "scope", "prompt", "grant_type")
_PLAIN = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
_UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


class Given(OAuth2Payload):  # type: ignore[misc]
    """Parameters of a request, doubles kept."""

    def __init__(self, pairs: Pairs) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Asked(OAuth2Request):  # type: ignore[misc]
    """An HTTP request as authlib wants to see it."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], pairs: Pairs) -> None:
        # The library insists on https; the public address decides that, not the hop from the gateway to here.
        super().__init__(method, f"https://identity{path}", headers={name.title(): v for name, v in headers.items()})
        self.payload = Given(pairs)

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


def refuse_unreadable(asked: Asked) -> None:
    """Characters the library cannot echo, a doubled parameter, credentials that are no text or come twice."""
    given: Given = asked.payload
    if any(not _PLAIN.fullmatch(given.data.get(name, "")) for name in _ECHOED):
        raise InvalidRequestError("a parameter has characters it may not have")
    if any(len(values) > 1 for values in given.datalist.values()):
        raise InvalidRequestError("a parameter is given twice")
    authorization = asked.headers.get("Authorization", "")
    if any("\x00" in value for value in given.data.values()) or not authorization.isascii():
        raise InvalidRequestError("a parameter has characters it may not have")
    if (authorization != "") + ("client_secret" in given.data) + ("client_assertion" in given.data) > 1:
        raise InvalidRequestError("a client proves itself in one way at a time")


def refuse_unsupported(given: Mapping[str, str]) -> None:
    """Ways of asking that this provider does not have; each with the error its specification names."""
    for name, error in _UNSUPPORTED.items():
        if name in given:
            raise InvalidRequestError(error=error)
    if given.get("response_mode", "query") != "query":
        raise InvalidRequestError("only response_mode=query is supported")
    if given.get("max_age") and not given["max_age"].isdecimal():
        raise InvalidRequestError("max_age is a number of seconds")


def is_plain(value: Any) -> bool:
    """Whether a text may be echoed."""
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None
