"""What a client may be registered as, and where its addresses may lead."""

from dataclasses import replace

import pytest
from joserfc.jwk import ECKey

from identity.domain.clients import AuthMethod, GrantType, address_fault
from identity.domain.registering import NewClient, faults_of

KEY = ECKey.generate_key("P-256", {"kid": "k"})
KEYS = {"keys": [KEY.as_dict(private=False)]}
WEB = NewClient(
    id="clinic",
    name_ar="العيادة",
    name_en="Clinic",
    channel="api",
    auth_method=AuthMethod.SECRET_BASIC,
    grants=[GrantType.CODE],
    scopes=["openid"],
    redirect_uris=["https://clinic.example/callback"],
)
BANK = replace(
    WEB,
    auth_method=AuthMethod.PRIVATE_KEY_JWT,
    jwks=KEYS,
    grants=[GrantType.CLIENT],
    scopes=["batches"],
    redirect_uris=[],
)
APP = replace(WEB, auth_method=AuthMethod.NONE, redirect_uris=["org.jawaz.mobile:/in", "http://127.0.0.1/callback"])


@pytest.mark.parametrize("new", [WEB, BANK, APP, replace(WEB, sector="clinic.example")])
def test_what_is_in_order_is_taken(new):
    assert faults_of(new, in_development=False) == []


WRONG = {
    "an id with blanks": (WEB, {"id": "a b"}),
    "no Arabic name": (WEB, {"name_ar": " "}),
    "no scope": (WEB, {"scopes": []}),
    "no grant": (WEB, {"grants": [], "redirect_uris": []}),
    "a code and nowhere to send it": (WEB, {"redirect_uris": []}),
    "an address and no code": (BANK, {"redirect_uris": ["https://bank.example/"]}),
    "a refresh of nothing": (WEB, {"grants": [GrantType.REFRESH], "redirect_uris": []}),
    "in its own name by a secret": (BANK, {"auth_method": AuthMethod.SECRET_POST, "jwks": None}),
    "in its own name by nothing": (BANK, {"auth_method": AuthMethod.NONE, "jwks": None}),
    "in its own name for nothing": (BANK, {"scopes": ["openid"]}),
    "keys beside a secret": (WEB, {"jwks": KEYS}),
    "a key method without keys": (BANK, {"jwks": None}),
    "an empty key set": (BANK, {"jwks": {"keys": []}}),
    "a private key": (BANK, {"jwks": {"keys": [KEY.as_dict(private=True)]}}),
    "a shared secret as key": (BANK, {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}),
    "a short key": (BANK, {"jwks": {"keys": [{"kty": "RSA", "e": "AQAB", "n": "x" * 171}]}}),
    "two keys without names": (BANK, {"jwks": {"keys": [{**KEYS["keys"][0], "kid": ""}] * 2}}),
    "another's client with a scope of ours": (WEB, {"sector": "x.example", "scopes": ["openid", "batches"]}),
    "another's client that acts for people": (
        WEB,
        {"sector": "x.example", "grants": [GrantType.CODE, GrantType.EXCHANGE]},
    ),
    "a resource server nobody knows": (APP, {"introspects_all": True}),
    "an app's address for a server": (WEB, {"redirect_uris": ["org.jawaz.mobile:/in"]}),
    "a word inside": (WEB, {"backchannel_logout_uri": "http://10.0.0.1/x"}),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_not_in_order_is_refused(why):
    new, changed = WRONG[why]
    assert faults_of(replace(new, **changed), in_development=False) != []


@pytest.mark.parametrize(
    "url",
    [
        "http://clinic.example/x", "https://clinic.example/x#f", "https://u@clinic.example/", "https://u:p@clinic.example/",
        "https://clinic.example:8443/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f000001/",
        "https://localhost/", "https://clinic/", "https://*.clinic.example/", "https://clinic.example/ x", "https:///x",
        "https://clinic.example:port/", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//clinic.example/",
        "ftp://clinic.example/", "https://\u0645\u062b\u0627\u0644.example/", "https://clinic.example\\@evil.example/", "",
    ],
)  # fmt: skip
def test_addresses_that_lead_astray_are_refused(url):
    assert address_fault(url, in_development=False) is not None


def test_in_development_a_loopback_address_will_do_and_only_there():
    assert address_fault("http://127.0.0.1:9000/x", in_development=True) is None
    assert address_fault("http://127.0.0.1:9000/x", in_development=False) is not None
    assert address_fault("http://10.0.0.1:9000/x", in_development=True) is not None
