"""Passkeys: added by a signed-in person, good alone and after the password, once each, from our own pages only."""

import asyncio
import base64
import hashlib
import html
import json
import re
import secrets
import struct
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from webauthn.helpers import encode_cbor

from chassis.database import Sight
from identity.models import Account, Passkey, SignedIn, SpentChallenge
from identity.seeds import HOLDERS, STAFF, totp_seed_of

SYSTEM = Sight.system("test")
HEAD, OTHER = HOLDERS[0], HOLDERS[2]
ORIGIN = "http://localhost:8080"
PAGE = "/account/proofs"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_OPTIONS = re.compile(r'data-options="([^"]*)"')


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """A software authenticator: one P-256 key per relying party, a counter, and a person who touches and unlocks it."""

    origin: str = ORIGIN
    verifies: bool = True
    keys: dict = field(default_factory=dict)
    counter: int = 0

    def create(self, options):
        key, credential_id = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        self.keys[credential_id] = (key, unb64(options["user"]["id"]))
        point = key.public_key().public_numbers()
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
        attested = bytes(16) + struct.pack(">H", len(credential_id)) + credential_id + cose
        data = self._data(options["rp"]["id"], _ATTESTED) + attested
        answer = {"attestationObject": b64(encode_cbor({"fmt": "none", "attStmt": {}, "authData": data}))}
        return self._told(credential_id, answer, "webauthn.create", options)

    def get(self, options, credential_id=None):
        allowed = [unb64(each["id"]) for each in options.get("allowCredentials", [])]
        credential_id = credential_id or next(each for each in self.keys if not allowed or each in allowed)
        key, user = self.keys[credential_id]
        data = self._data(options["rpId"])
        told = self._told(credential_id, {}, "webauthn.get", options)
        client_data = unb64(told["response"]["clientDataJSON"])
        signature = key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        told["response"] |= {"authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(user)}
        return told

    def _data(self, rp_id, flags=0):
        self.counter += 1
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _told(self, credential_id, answer, kind, options):
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        answer["clientDataJSON"] = b64(json.dumps(said).encode())
        return {"id": b64(credential_id), "rawId": b64(credential_id), "type": "public-key", "response": answer}


async def options_on(browser, page):
    shown = await browser.get(page)
    return json.loads(html.unescape(_OPTIONS.search(shown.text)[1]))


async def add(browser, authenticator, name="my phone"):
    answer = authenticator.create(await options_on(browser, PAGE))
    return await browser.form(PAGE, f"{PAGE}/passkeys", answer=json.dumps(answer), name=name)


async def enter(browser, authenticator, page="/sign-in", next="/"):
    answer = authenticator.get(await options_on(browser, page))
    return await browser.form(page, "/sign-in/passkey", answer=json.dumps(answer), next=next)


async def with_passkey(house, holder=HEAD, **about):
    """A signed-in browser and an authenticator whose passkey the account has."""
    browser, authenticator = house.browser(), Authenticator(**about)
    await browser.sign_in(holder.number, mobile=holder.mobile)
    assert (await add(browser, authenticator)).headers["location"] == f"{PAGE}?done=1"
    return browser, authenticator


async def count(house, what):
    async with house.service.database.transaction(SYSTEM) as session:
        return await session.scalar(sa.select(sa.func.count()).select_from(what))


async def test_a_passkey_is_added_named_used_alone_and_removed(seeded, driving):
    browser, authenticator = await with_passkey(seeded)
    shown = (await browser.get(PAGE)).text
    assert "my phone" in shown
    fresh = seeded.browser()
    wanted = driving.authorise_url("v" * 64)
    back = await enter(fresh, authenticator, f"/sign-in?next={wanted.replace('&', '%26')}", next=wanted)
    assert back.status_code == 303, back.text
    assert back.headers["location"] == wanted
    tokens = await seeded.tokens(fresh)
    claims = jwt.decode(tokens["access_token"], seeded.service.keys.key_set(), algorithms=["RS256"]).claims
    assert (claims["acr"], claims["amr"]) == ("passkey", ["pop", "user", "mfa"])
    assert claims["person"] == HEAD.number
    assert claims["device_new_since"] <= claims["auth_time"], "a second device within its first day"
    bearer = driving.bearer(tokens["access_token"])
    listed = (await seeded.web().get("/v1/me/sessions", headers=bearer)).json()["items"]
    assert {each["acr"] for each in listed} == {"pwd+sms", "passkey"}
    assert {each["place"] for each in listed} == {"192.0.2.0/24"}
    passkey = re.search(rf"{PAGE}/passkeys/([0-9a-f-]+)/remove", shown)[1]
    stranger = seeded.browser()
    await stranger.sign_in(OTHER.number, mobile=OTHER.mobile)
    await stranger.form(PAGE, f"{PAGE}/passkeys/{passkey}/remove")
    assert await count(seeded, Passkey) == 1, "another person's passkey cannot be removed"
    await browser.form(PAGE, f"{PAGE}/passkeys/{passkey}/remove")
    assert await count(seeded, Passkey) == 0
    assert (await enter(seeded.browser(), authenticator)).status_code == 422


async def test_who_has_a_passkey_is_sent_no_text_unless_they_ask(seeded):
    _, authenticator = await with_passkey(seeded)
    before = len(await seeded.codes(HEAD.mobile))
    seeded.service.clock.advance(timedelta(seconds=61))
    browser = seeded.browser()
    assert (await browser.password(HEAD.number)).status_code == 303
    shown = (await browser.get("/sign-in/code")).text
    assert "Send a code by text" in shown
    assert 'name="code"' not in shown
    options = json.loads(html.unescape(_OPTIONS.search(shown)[1]))
    assert [unb64(each["id"]) for each in options["allowCredentials"]] == list(authenticator.keys)
    assert len(await seeded.codes(HEAD.mobile)) == before
    assert (await enter(browser, authenticator, "/sign-in/code")).headers["location"] == "/"
    other = seeded.browser()
    await other.password(HEAD.number)
    assert (await other.form("/sign-in/code", "/sign-in/code/again")).headers["location"] == "/sign-in/code?sent=again"
    assert (await other.code(await seeded.code_to(HEAD.mobile, before))).status_code == 303


async def test_only_an_answer_to_our_own_page_in_this_browser_counts_and_only_once(seeded):
    _, authenticator = await with_passkey(seeded)
    good, spent = seeded.browser(), await count(seeded, SpentChallenge)
    answer = json.dumps(authenticator.get(await options_on(good, "/sign-in")))

    async def post(browser, given=answer):
        return (await browser.form("/sign-in", "/sign-in/passkey", answer=given, next="/")).status_code

    assert await post(seeded.browser()) == 422, "another browser"
    for wrong in (
        "",
        "{}",
        "[1]",
        "null",
        '{"id": 5}',
        "x" * 9000,
        "[" * 9000,
        json.dumps({"id": "a", "response": {}}),
    ):
        assert await post(good, wrong) == 422, wrong[:20]
    told = json.loads(answer)
    told["response"]["signature"] = b64(b"\x30\x06\x02\x01\x01\x02\x01\x01")
    assert await post(good, json.dumps(told)) == 422, "another signature"
    told = authenticator.get({**await options_on(good, "/sign-in"), "challenge": b64(b"a.1.b")})
    assert await post(good, json.dumps(told)) == 422, "a challenge of nobody's"
    statuses = await asyncio.gather(*(post(good) for _ in range(12)))
    assert sorted(statuses) == [303] + [422] * 11, "one answer, one session"
    assert await count(seeded, SpentChallenge) == spent + 1


async def test_what_does_not_prove_its_owner_at_our_site_is_refused(seeded):
    _, authenticator = await with_passkey(seeded)
    browser = seeded.browser()
    await browser.sign_in(OTHER.number, mobile=OTHER.mobile)
    for origin, verifies, why in (
        ("http://localhost:8081", True, "another site relays it"),
        ("https://jawaz.example", True, "a look-alike"),
        (ORIGIN, False, "whoever found the key has not unlocked it"),
    ):
        authenticator.origin, authenticator.verifies = origin, verifies
        assert (await enter(seeded.browser(), authenticator)).status_code == 422, why
        assert (await add(browser, authenticator)).status_code == 422, why
        del authenticator.keys[list(authenticator.keys)[-1]]
    assert await count(seeded, Passkey) == 1


async def test_a_copied_key_a_suspended_owner_and_an_eleventh_passkey_are_refused(seeded):
    browser, authenticator = await with_passkey(seeded)
    authenticator.counter = 0
    assert (await enter(seeded.browser(), authenticator)).status_code == 422, "the counter went back: a copy"
    authenticator.counter = 50
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Account).where(Account.person == HEAD.number).values(code_misses=100))
    assert (await enter(seeded.browser(), authenticator)).status_code == 303, "wrong codes do not stop a passkey"
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(Account.code_misses).where(Account.person == HEAD.number)) == 0
        await session.execute(sa.update(Account).where(Account.person == HEAD.number).values(status="suspended"))
    assert (await enter(seeded.browser(), authenticator)).status_code == 422
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Account).where(Account.person == HEAD.number).values(status="active"))
    for _ in range(9):
        assert (await add(browser, Authenticator())).status_code == 303
    assert (await add(browser, Authenticator())).status_code == 422
    assert await count(seeded, Passkey) == 10


async def test_staff_sign_in_by_passkey_too_and_a_stale_session_changes_nothing(seeded):
    officer = next(each for each in STAFF if each.role == "officer")
    browser, authenticator = seeded.browser(), Authenticator()
    await browser.sign_in(officer.number, totp=totp_seed_of("officer"))
    assert (await add(browser, authenticator)).status_code == 303
    async with seeded.service.database.transaction(SYSTEM) as session:
        ago = sa.func.make_interval(0, 0, 0, 0, 0, 0, 899)
        await session.execute(sa.update(SignedIn).values(signed_in_at=SignedIn.signed_in_at - ago - ago))
    assert _OPTIONS.search((await browser.get(PAGE)).text) is None
    assert (await browser.get(f"{PAGE}/totp")).headers["location"].startswith("/sign-in?next=")
    refused = await browser.form("/sign-in", f"{PAGE}/passkeys", answer="{}", name="")
    assert refused.headers["location"].startswith("/sign-in?next=")
    assert (await enter(browser, authenticator, next=PAGE)).headers["location"] == PAGE
    assert _OPTIONS.search((await browser.get(PAGE)).text) is not None
