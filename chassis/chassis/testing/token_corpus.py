"""Tokens that open no door: one corpus, tried on the gateway and on every service, each of which verifies for itself.

A case takes a `Forge`, which signs as the issuer does, and makes of it a token nobody may accept. Those that differ in
`person`, which the gateway does not read, stand apart.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

LIFETIME_S = 300


class Forge:
    """Signs tokens with the issuer's own key, as the issuer does or not quite."""

    def __init__(self, key: RSAKey, issuer: str, audience: str, **claims: Any) -> None:
        self.key = key
        self.issuer = issuer
        self.audience = audience
        self._claims = claims

    @property
    def kid(self) -> str:
        return str(self.key.kid)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good token; a change to None leaves one out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": self.audience, "sub": "account-1", "sid": "session-1", "client_id": "portal",
            "iat": now, "exp": now + LIFETIME_S, "jti": "1", **self._claims,
        }  # fmt: skip
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, *, header: dict[str, Any] | None = None, key: Any = None, **changes: Any) -> str:
        """A signed token; `header` changes its header, `key` signs it with another."""
        head = {"alg": "RS256", "typ": "at+jwt", "kid": self.kid, **(header or {})}
        payload = orjson.dumps(self.claims(**changes))
        shown = {name: value for name, value in head.items() if value is not None}
        return jws.serialize_compact(shown, payload, key or self.key, ["RS256"])


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else orjson.dumps(value)).rstrip(b"=").decode()


def signed_with_the_public_key(forge: Forge) -> str:
    """HS256 with identity's public key as the secret: the classic confusion."""
    head = part({"alg": "HS256", "typ": "at+jwt", "kid": forge.kid}) + "." + part(forge.claims())
    mac = hmac.new(forge.key.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    return f"{head}.{part(mac)}"


def with_another_payload(forge: Forge, **changes: Any) -> str:
    head, _, signature = forge.token().split(".")
    return f"{head}.{part(forge.claims(**changes))}.{signature}"


def ec_token(forge: Forge) -> str:
    key = ECKey.generate_key("P-256", {"kid": forge.kid})
    return jws.serialize_compact(
        {"alg": "ES256", "typ": "at+jwt", "kid": forge.kid}, orjson.dumps(forge.claims()), key, ["ES256"]
    )


def with_algorithm(forge: Forge, algorithm: str) -> str:
    """Really signed by identity's key, but not the way identity signs."""
    key = RSAKey.import_key(forge.key.as_pem(private=True))
    head = {"alg": algorithm, "typ": "at+jwt", "kid": forge.kid}
    return jws.serialize_compact(head, orjson.dumps(forge.claims()), key, [algorithm])


def own_jwk_token(forge: Forge) -> str:
    key = RSAKey.generate_key(2048, {"kid": forge.kid})
    return forge.token(header={"jwk": key.as_dict(private=False)}, key=key)


def doubled_claims(forge: Forge) -> str:
    """The same claim twice in one object: two readers, two subjects."""
    raw = orjson.dumps(forge.claims())[:-1] + b',"iss":"https://evil.example"}'
    return jws.serialize_compact({"alg": "RS256", "typ": "at+jwt", "kid": forge.kid}, raw, forge.key, ["RS256"])


def now() -> int:
    return int(time.time())


REFUSED: dict[str, Callable[[Forge], str]] = {
    "alg none": lambda m: f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': m.kid})}.{part(m.claims())}.",
    "alg None with a signature": lambda m: (
        f"{part({'alg': 'None', 'typ': 'at+jwt', 'kid': m.kid})}.{part(m.claims())}.x"
    ),
    "alg missing": lambda m: f"{part({'typ': 'at+jwt', 'kid': m.kid})}.{part(m.claims())}.x",
    "alg list": lambda m: f"{part({'alg': ['RS256'], 'typ': 'at+jwt', 'kid': m.kid})}.{part(m.claims())}.x",
    "HS256 with the public key": signed_with_the_public_key,
    "HS256 with an own secret": lambda m: jws.serialize_compact(
        {"alg": "HS256", "typ": "at+jwt", "kid": m.kid}, orjson.dumps(m.claims()), OctKey.generate_key(256), ["HS256"]
    ),
    "ES256 with an own key": ec_token,
    "RS512 with identity's key": lambda m: with_algorithm(m, "RS512"),
    "PS256 with identity's key": lambda m: with_algorithm(m, "PS256"),
    "foreign key, our kid": lambda m: m.token(key=RSAKey.generate_key(2048, {"kid": m.kid})),
    "unknown kid": lambda m: m.token(header={"kid": "nobody"}),
    "no kid": lambda m: m.token(header={"kid": None}),
    "kid a path": lambda m: m.token(header={"kid": "../../dev/null"}),
    "kid a number": lambda m: f"{part({'alg': 'RS256', 'typ': 'at+jwt', 'kid': 1})}.{part(m.claims())}.x",
    "jku": lambda m: m.token(header={"jku": "http://127.0.0.1:1/keys"}),
    "x5u": lambda m: m.token(header={"x5u": "http://127.0.0.1:1/cert"}),
    "own key in jwk": own_jwk_token,
    "crit": lambda m: f"{part({'alg': 'RS256', 'typ': 'at+jwt', 'kid': m.kid, 'crit': ['exp']})}.{part(m.claims())}.x",
    "typ JWT": lambda m: m.token(header={"typ": "JWT"}),
    "no typ": lambda m: m.token(header={"typ": None}),
    "id token": lambda m: m.token(header={"typ": "JWT"}, aud="portal", nonce="n"),
    "id token with the api as audience": lambda m: m.token(header={"typ": "JWT"}, nonce="n"),
    "logout token": lambda m: m.token(header={"typ": "logout+jwt"}),
    "other issuer": lambda m: m.token(iss="https://evil.example"),
    "issuer with a slash": lambda m: m.token(iss=m.issuer + "/"),
    "no issuer": lambda m: m.token(iss=None),
    "other audience": lambda m: m.token(aud="urn:other:api"),
    "audience list without us": lambda m: m.token(aud=["a", "b"]),
    "no audience": lambda m: m.token(aud=None),
    "audience an object": lambda m: m.token(aud={m.audience: 1}),
    "expired": lambda m: m.token(iat=now() - 400, exp=now() - 61),
    "no expiry": lambda m: m.token(exp=None),
    "expiry as text": lambda m: m.token(exp=str(now() + 300)),
    "expiry true": lambda m: m.token(exp=True),
    "expiry a fraction": lambda m: m.token(exp=now() + 300.5),
    "expiry too far": lambda m: m.token(exp=now() + 901),
    "not yet": lambda m: m.token(nbf=now() + 120),
    "nbf as text": lambda m: m.token(nbf="0"),
    "issued tomorrow": lambda m: m.token(iat=now() + 600, exp=now() + 900),
    "no iat": lambda m: m.token(iat=None),
    "no subject": lambda m: m.token(sub=None),
    "empty subject": lambda m: m.token(sub=""),
    "subject a number": lambda m: m.token(sub=1),
    "session a list": lambda m: m.token(sid=["a"]),
    "another payload": lambda m: with_another_payload(m, sub="person-2"),
    "signature cut": lambda m: m.token()[:-8],
    "signature empty": lambda m: m.token().rpartition(".")[0] + ".",
    "signature changed": lambda m: m.token()[:-4] + "AAAA",
    "four parts": lambda m: m.token() + ".x",
    "two parts": lambda m: m.token().rpartition(".")[0],
    "five parts, encrypted": lambda m: m.token() + ".x.y",
    "header not base64": lambda m: "!!!." + m.token().partition(".")[2],
    "header an array": lambda m: f"{part([1])}.{part(m.claims())}.x",
    "payload an array": lambda m: jws.serialize_compact(
        {"alg": "RS256", "typ": "at+jwt", "kid": m.kid}, b"[1]", m.key, ["RS256"]
    ),
    "payload not json": lambda m: jws.serialize_compact(
        {"alg": "RS256", "typ": "at+jwt", "kid": m.kid}, b"hello", m.key, ["RS256"]
    ),
    "doubled issuer": doubled_claims,
    "nothing": lambda m: "",
    "one dot": lambda m: ".",
    "two dots": lambda m: "..",
    "a space inside": lambda m: m.token().replace(".", ". ", 1),
    "a second token behind it": lambda m: f"{m.token()}, {m.token()}",
    "very long": lambda m: m.token(pad="x" * 9000),
    "deep nesting": lambda m: part(b"[" * 5000) + ".x.y",
}


WRONG_PERSON: dict[str, Callable[[Forge], str]] = {
    "no person": lambda m: m.token(person=None),
    "empty person": lambda m: m.token(person=""),
    "person a number": lambda m: m.token(person=1000190007),
    "person a list": lambda m: m.token(person=["1000190007"]),
    "person in another payload": lambda m: with_another_payload(m, person="1000190015"),
    "no session": lambda m: m.token(sid=None),
    "empty session": lambda m: m.token(sid=""),
}
