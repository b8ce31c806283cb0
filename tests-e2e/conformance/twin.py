"""Which module has to see which defect of the broken twin. What the defects do stands in node/defects.mjs.

Defects that are seen by different modules are planted together; then exactly the modules named for them must fail, and all
others must pass. A defect that breaks what every module stands on (`wide`) is planted alone, and asked by its own modules
and by some that look at nothing of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from conformance.pack.modules import MODULES

_FAPI = "fapi2-security-profile-final-"
_LOGOUT = "oidcc-rp-initiated-logout"
# Modules that look at no token: they pass whatever is wrong with one.
_ASTRAY = ("oidcc-ensure-registered-redirect-uri", "rfc9700-no-open-redirect-on-error")
SCRIPT = Path(__file__).resolve().parent / "node" / "defects.mjs"


@dataclass(frozen=True)
class Defect:
    """One defect and the modules that must fail because of it. Two that lie about the same thing would hide each other."""

    name: str
    caught_by: frozenset[str]
    wide: bool = False
    lies_about: str = ""


@dataclass(frozen=True)
class Twin:
    """One broken provider: what is planted in it, and which modules are played against it."""

    defects: tuple[Defect, ...]
    played: tuple[str, ...]

    @property
    def expected(self) -> frozenset[str]:
        """The modules that must fail."""
        return frozenset().union(*(defect.caught_by for defect in self.defects))


def _seen(name: str, *modules: str, wide: bool = False, lies_about: str = "") -> Defect:
    return Defect(name, frozenset(modules), wide, lies_about)


_CODE_RESPONSE_TYPES = (f"{_FAPI}ensure-response-type-token-fails", f"{_FAPI}ensure-response-type-code-idtoken-fails")
_REUSE = ("oidcc-codereuse-30seconds", f"{_FAPI}attempt-reuse-authorization-code-after-one-second")
_SIGNED_OUT = (
    _LOGOUT,
    *(f"{_LOGOUT}-{each}" for each in ("no-state", "only-state", "no-params", "no-post-logout-redirect-uri")),
)
_FORGED_HINTS = (f"{_LOGOUT}-bad-id-token-hint", f"{_LOGOUT}-modified-id-token-hint")
_BOUND = (f"{_FAPI}ensure-authorization-code-is-bound-to-client", "rfc9700-mix-up")
_VERIFIER_LEFT_OUT = (f"{_FAPI}ensure-pkce-code-verifier-required", "rfc9700-pkce-downgrade-verifier-omitted")
_SCOPES = ("profile", "email", "address", "phone")
_BACK_CHANNEL = "oidcc-backchannel-rp-initiated-logout"
_EXPIRED = f"{_FAPI}ensure-client-assertion-with-exp-is-5-minutes-in-past-fails"

DEFECTS = (
    _seen("pkce-not-required", f"{_FAPI}par-ensure-pkce-required"),
    _seen(
        "pkce-not-checked",
        f"{_FAPI}incorrect-pkce-code-verifier-rejected",
        f"{_FAPI}par-ensure-pkce-required",
        *_VERIFIER_LEFT_OUT,
        "rfc9700-pkce-downgrade-challenge-omitted",
    ),
    _seen("pkce-plain", f"{_FAPI}par-plain-pkce-rejected"),
    _seen("pkce-verifier-may-be-left-out", *_VERIFIER_LEFT_OUT),
    _seen(
        "pkce-verifier-without-challenge",
        f"{_FAPI}par-ensure-pkce-required",
        "rfc9700-pkce-downgrade-challenge-omitted",
    ),
    _seen("code-good-twice", "oidcc-codereuse", *_REUSE),
    _seen("code-reuse-kills-nothing", *_REUSE, f"{_FAPI}refresh-token", _BACK_CHANNEL),
    _seen("code-for-every-client", *_BOUND),
    _seen(
        "code-lives-ten-minutes",
        f"{_FAPI}ensure-token-endpoint-fails-with-expired-auth-code",
        "rfc9700-code-lives-60-seconds",
    ),
    _seen("code-address-not-compared", "rfc9700-mix-up"),
    _seen("redirect-uri-by-prefix", "oidcc-ensure-registered-redirect-uri"),
    _seen("redirect-uri-may-be-left-out", f"{_FAPI}ensure-redirect-uri-in-authorization-request"),
    _seen("error-sent-anywhere", *_ASTRAY, "oidcc-ensure-request-object-with-redirect-uri", lies_about="request"),
    _seen("iss-missing", f"{_FAPI}user-rejects-authentication", "rfc9700-iss-in-authorization-response"),
    _seen("iss-missing-in-errors", f"{_FAPI}user-rejects-authentication", "rfc9700-iss-in-authorization-response"),
    _seen("iss-of-another", "oidcc-server", "rfc9700-iss-in-authorization-response", wide=True),
    _seen("state-cut", f"{_FAPI}ensure-authorization-request-with-long-state"),
    _seen(
        "state-missing-in-errors",
        "oidcc-response-type-missing",
        "oidcc-prompt-none-not-logged-in",
        f"{_FAPI}user-rejects-authentication",
        lies_about="request",
    ),
    _seen("nonce-cut", f"{_FAPI}ensure-authorization-request-with-long-nonce"),
    _seen("nonce-invented", "oidcc-ensure-request-without-nonce-succeeds-for-code-flow"),
    _seen("response-type-taken-as-code", "oidcc-response-type-missing", *_CODE_RESPONSE_TYPES, lies_about="request"),
    _seen("unknown-parameter-refused", "oidcc-ensure-request-with-unknown-parameter-succeeds"),
    _seen("public-client-refused", "oidcc-ensure-request-with-valid-pkce-succeeds", wide=True),
    _seen("post-refused", "oidcc-ensure-post-request-succeeds"),
    _seen(
        "request-object-passed-over",
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    ),
    _seen(
        "request-uri-passed-over",
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    ),
    _seen("tokens-may-be-cached", "oidcc-server", "oidcc-refresh-token", wide=True),
    _seen("id-token-unsigned", "oidcc-idtoken-signature", "oidcc-idtoken-unsigned", wide=True),
    _seen("id-token-signed-by-nobody", "oidcc-idtoken-signature", wide=True),
    _seen("id-token-for-another", "oidcc-server", wide=True),
    _seen("id-token-of-another-issuer", "oidcc-server", wide=True),
    _seen("id-token-without-nonce", "oidcc-server", wide=True),
    _seen("id-token-over", "oidcc-server", wide=True),
    _seen("id-token-wrong-at-hash", "oidcc-server", wide=True),
    _seen("auth-time-now", "oidcc-refresh-token", "oidcc-prompt-none-logged-in", "oidcc-max-age-10000"),
    _seen(
        "prompt-none-passed-over",
        "oidcc-prompt-none-not-logged-in",
        "oidcc-id-token-hint",
        *_SIGNED_OUT,
    ),
    _seen("prompt-login-passed-over", "oidcc-prompt-login"),
    _seen("max-age-passed-over", "oidcc-max-age-1"),
    _seen("max-age-taken-as-zero", "oidcc-max-age-10000"),
    _seen("hint-of-another-passed-over", "oidcc-id-token-hint"),
    _seen("acr-values-refused", "oidcc-ensure-request-with-acr-values-succeeds"),
    _seen("languages-refused", "oidcc-ui-locales"),
    _seen("claims-languages-refused", "oidcc-claims-locales"),
    _seen("login-hint-refused", "oidcc-login-hint"),
    _seen("display-popup-refused", "oidcc-display-popup"),
    _seen("display-page-refused", "oidcc-display-page"),
    _seen("order-matters", "oidcc-alternate-happy-flow", lies_about="request"),
    _seen("every-claim-for-everybody", *(f"oidcc-scope-{each}" for each in _SCOPES), lies_about="claims"),
    _seen("no-e-mail", "oidcc-scope-email", "oidcc-scope-all"),
    _seen("no-profile", "oidcc-scope-profile", "oidcc-scope-all", "oidcc-claims-essential"),
    _seen("no-address", "oidcc-scope-address", "oidcc-scope-all"),
    _seen("no-phone", "oidcc-scope-phone", "oidcc-scope-all"),
    _seen("claims-passed-over", "oidcc-claims-essential", lies_about="claims"),
    _seen("userinfo-of-another", "oidcc-server", "oidcc-userinfo-get", "oidcc-userinfo-post-header", wide=True),
    _seen("userinfo-for-everybody", "oidcc-userinfo-get"),
    _seen("userinfo-by-get-only", "oidcc-userinfo-post-header"),
    _seen("userinfo-form-refused", "oidcc-userinfo-post-body"),
    _seen("userinfo-takes-any-token", "rfc9700-token-bound-to-audience", lies_about="bearer"),
    _seen("bearer-in-small-letters-refused", f"{_FAPI}access-token-type-header-case-sensitivity", lies_about="bearer"),
    _seen("refresh-for-every-client", "oidcc-refresh-token"),
    _seen("refresh-never-replaced", f"{_FAPI}refresh-token"),
    _seen("refresh-good-twice", f"{_FAPI}refresh-token"),
    _seen("any-secret-will-do", "oidcc-server-client-secret-post"),
    _seen(
        "assertion-clock-passed-over",
        f"{_FAPI}par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
        _EXPIRED,
        lies_about="clock",
    ),
    _seen(
        "assertion-clock-strict",
        f"{_FAPI}par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
        lies_about="clock",
    ),
    _seen("assertion-good-twice", _EXPIRED),
    _seen(
        "after-sign-out-anywhere",
        f"{_LOGOUT}-bad-post-logout-redirect-uri",
        f"{_LOGOUT}-query-added-to-post-logout-redirect-uri",
    ),
    _seen("after-sign-out-by-prefix", f"{_LOGOUT}-query-added-to-post-logout-redirect-uri"),
    _seen("sign-out-hint-not-verified", *_FORGED_HINTS),
    _seen("sign-out-without-asking", f"{_LOGOUT}-no-id-token-hint"),
    _seen("sign-out-for-any-client", f"{_LOGOUT}-no-id-token-hint"),
    _seen("sign-out-keeps-the-session", *_SIGNED_OUT),
    _seen("sign-out-state-lost", _LOGOUT, lies_about="state"),
    _seen("sign-out-state-invented", f"{_LOGOUT}-no-state", lies_about="state"),
    _seen("sign-out-told-to-nobody", _BACK_CHANNEL),
    _seen("logout-token-with-nonce", _BACK_CHANNEL),
    _seen("logout-token-without-event", _BACK_CHANNEL),
    _seen("logout-token-for-another", _BACK_CHANNEL),
    _seen("refusal-kept-from-the-client", f"{_FAPI}user-rejects-authentication"),
    _seen("rotation-drops-the-old-key", "oidcc-server-rotate-keys"),
    _seen("rotation-does-nothing", "oidcc-server-rotate-keys"),
    _seen("private-keys-published", "oidcc-discovery-endpoint-verification", "oidcc-server", wide=True),
    _seen("discovery-of-another", "oidcc-discovery-endpoint-verification"),
    _seen("discovery-offers-plain", "oidcc-discovery-endpoint-verification"),
    _seen("discovery-offers-unsigned", "oidcc-idtoken-unsigned"),
    _seen("stopped-accounts-served", "rfc9700-no-grant-for-stopped-accounts"),
    _seen("address-told-to-others", "rfc9700-code-not-in-referer"),
    _seen("form-sent-on", "rfc9700-code-not-in-referer"),
)


def twins(defects: Iterable[Defect] = DEFECTS) -> list[Twin]:
    """As few twins as it takes: defects seen by different modules share one."""
    groups: list[list[Defect]] = []
    made = []
    for defect in defects:
        if defect.wide:
            made.append(Twin((defect,), (*sorted(defect.caught_by), *_ASTRAY)))
            continue
        home = next((group for group in groups if not any(_disturb(defect, other) for other in group)), None)
        if home is None:
            groups.append([defect])
        else:
            home.append(defect)
    return made + [_shared(group) for group in groups]


def _disturb(one: Defect, other: Defect) -> bool:
    same_lie = one.lies_about != "" and one.lies_about == other.lies_about
    return same_lie or bool(one.caught_by & other.caught_by)


def _shared(group: list[Defect]) -> Twin:
    """A twin of several defects: every module is played that does not wait, and of the waiting ones those it is about."""
    expected = frozenset().union(*(defect.caught_by for defect in group))
    played = tuple(name for name, module in MODULES.items() if not module.waits_s or name in expected)
    return Twin(tuple(group), played)


def planted_names() -> set[str]:
    """The defects the script knows how to plant."""
    return set(re.findall(r"^  '([a-z0-9-]+)':", SCRIPT.read_text(), re.MULTILINE))
