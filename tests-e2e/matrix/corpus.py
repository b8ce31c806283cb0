"""Tokens nobody may accept and headers nobody may believe, tried on every service's own application."""

from __future__ import annotations

from dataclasses import replace

from chassis.settings import AUDIENCE
from chassis.testing.token_corpus import REFUSED, WRONG_PERSON, Forge
from chassis.testing.tokens import ISSUER
from matrix.asking import Asked
from matrix.cast import BY_NAME, OWNERS
from matrix.judging import Tally
from matrix.stage import Stage

# A route of each service that asks for nothing but a token.
GUARDED = {
    "identity": "/v1/me",
    "passport": "/v1/passport-applications",
    "residency": "/v1/iqamas",
    "delivery": "/v1/shipments",
    "notify": "/v1/notices",
    "support": "/v1/tickets",
}
_OWNER = OWNERS[0]
_NAMES = (
    "X-User-Id", "X-User", "X-Person", "X-Person-Id", "X-Subject", "X-Principal", "X-Account-Id", "X-Actor",
    "X-On-Behalf-Of", "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Authenticated-User", "X-Auth-Request-User",
    "X-Original-User", "X-Real-User", "X-Consumer-Id", "X-Consumer-Custom-Id", "X-Credential-Identifier",
    "X-Jwt-Claim-Person", "X-Jwt-Payload", "X-Amzn-Oidc-Identity", "X-Goog-Authenticated-User-Id",
    "X-MS-Client-Principal-Id", "Jawaz-Person", "Jawaz-Subject", "X-Jawaz-Person", "x_user_id", "x_person", "X-PERSON",
    "x-PeRsOn",
)  # fmt: skip


def spoofs() -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Forty ways to say by a header that one is somebody else."""
    one = [(name, ((name, _OWNER),)) for name in _NAMES]
    more: list[tuple[str, tuple[tuple[str, str], ...]]] = [
        ("role", (("X-Role", "officer"), ("X-Roles", "officer,operator"))),
        ("kind", (("X-Kind", "staff"), ("X-Staff", "true"))),
        ("doubled", (("X-Person", "1000190007"), ("X-Person", _OWNER))),
        ("forwarded", (("Forwarded", f"for={_OWNER};by=gateway"), ("X-Forwarded-For", "127.0.0.1"))),
        ("override", (("X-HTTP-Method-Override", "GET"), ("X-Original-Url", "/health/live"), ("X-Rewrite-Url", "/"))),
        ("internal", (("X-Internal", "1"), ("X-Gateway", "verified"), ("X-Verified", "true"))),
        ("cookie", (("Cookie", f"person={_OWNER}; subject={_OWNER}; role=officer"),)),
        ("a second scheme", (("Proxy-Authorization", f"Basic {_OWNER}"), ("X-Authorization", f"Bearer {_OWNER}"))),
        ("token in a header of its own", (("X-Access-Token", _OWNER), ("X-Id-Token", _OWNER))),
    ]
    return one + more


async def try_tokens(stage: Stage) -> Tally:
    """Every bad token is refused in the same words; a good one of the same forge is let in, so that the corpus bites."""
    tally = Tally()
    forge = Forge(stage.mint.key, ISSUER, AUDIENCE, person=_OWNER, kind="citizen", sid="s-1")
    good = await stage.ask(_bearing(stage, forge.token()))
    if good.status != 200:
        tally.wrong.append(f"{stage.name}: a good token is answered {good.status}: nothing is proved by refusals")
    for name, make in {**REFUSED, **WRONG_PERSON}.items():
        answer = await stage.ask(_bearing(stage, make(forge)))
        tally.checks += 1
        tally.denied += 1
        if answer.status != 401 or answer.headers.get("www-authenticate", "").split()[:1] != ["Bearer"]:
            tally.wrong.append(f"{stage.name}: a token is not refused: {name}: {answer.status} {answer.slug}")
    return tally


async def try_headers(stage: Stage) -> Tally:
    """A stranger stays a stranger and nobody stays nobody, whatever their headers say."""
    tally = Tally()
    stranger = Asked("GET", GUARDED[stage.name], headers=stage.bearer(BY_NAME["stranger.none"]))
    plain = await stage.ask(stranger)
    nobody = Asked("GET", GUARDED[stage.name])
    for name, headers in spoofs():
        answer = await stage.ask(replace(stranger, headers=(*stranger.headers, *headers)))
        tally.checks += 2
        tally.denied += 2
        if answer.essence() != plain.essence():
            tally.wrong.append(f"{stage.name}: a stranger is believed a header: {name}")
        if (await stage.ask(replace(nobody, headers=headers))).status != 401:
            tally.wrong.append(f"{stage.name}: nobody is believed a header: {name}")
    doubled = replace(stranger, headers=(*stranger.headers, *stage.bearer(BY_NAME["holder.self"])))
    answer = await stage.ask(doubled)
    tally.checks += 1
    if answer.status != 401 and answer.essence() != plain.essence():
        tally.wrong.append(f"{stage.name}: of two tokens the second is believed")
    return tally


def _bearing(stage: Stage, token: str) -> Asked:
    return Asked("GET", GUARDED[stage.name], headers=(("Authorization", f"Bearer {token}"),))
