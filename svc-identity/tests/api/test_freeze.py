"""For a while after the mobile has changed, nothing that hands the account or power over others to somebody new."""

import re
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa

import identity
from chassis.clock import civil_minute
from chassis.database import Sight
from chassis.rulebook import Rulebook
from identity.actions.hold import ACTS, Frozen, require_open
from identity.models import Account
from identity.queries import account_of
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")
HEAD, OTHER = HOLDERS[0], HOLDERS[1]
FIRM = "7000190000"
PROOFS = "/account/proofs"
_ASKED = re.compile(r'require_open\([^"]*"(\w+)"\)')
_SEED = re.compile(r'name="sealed" value="([^"]+)"')


def acts_of(rules):
    return rules.table(ACTS)


async def freeze(house, holder, until):
    async with house.service.database.transaction(SYSTEM) as session:
        change = sa.update(Account).where(Account.person == holder.number).values(frozen_until=until)
        await session.execute(change)


def test_every_act_of_the_rule_is_held_back_somewhere_and_no_other():
    source = Path(identity.__file__).parent.joinpath("actions")
    asked = {name for file in source.rglob("*.py") for name in _ASKED.findall(file.read_text(encoding="utf-8"))}
    entries = Rulebook.of("identity").rules[ACTS].entries
    assert all(set(entry.value) == asked for entry in entries)


async def test_who_has_just_taken_over_a_mobile_hands_the_account_to_nobody(seeded, driving, clients):
    service, browser, web = seeded.service, seeded.browser(), seeded.web()
    assert (await browser.sign_in(HEAD.number, mobile=HEAD.mobile)).status_code == 303
    mine = driving.bearer((await seeded.tokens(browser))["access_token"])
    invited = {"number": FIRM, "name_ar": "منشأة", "name_en": "FIRM", "owner": HEAD.number}
    administrator = await seeded.bearer_of("administrator")
    opened = await web.post("/v1/establishments", headers=administrator | driving.once(), json=invited)
    accepting = f"/v1/memberships/{opened.json()['id']}/accept"
    assert (await web.post(accepting, headers=mine | driving.once())).status_code == 200
    screen = await web.post("/oauth/device-authorization", data={"client_id": "counter", "scope": "openid profile api"})
    until = service.clock.now() + timedelta(hours=24)
    await freeze(seeded, HEAD, until)

    changed = await web.patch("/v1/me", headers=mine, json={"email": "somebody@example.org"})
    assert (changed.status_code, changed.json()["slug"]) == (409, "account-frozen")
    assert changed.json()["details"]["until"] == until.isoformat()
    assert 23 * 3600 < int(changed.headers["Retry-After"]) <= 24 * 3600
    for language in ("ar", "en"):
        assert civil_minute(until) in changed.json()["texts"][language]["detail"]
    hired = await web.post(
        f"/v1/establishments/{FIRM}/members",
        headers=mine | driving.once(),
        json={"number": OTHER.number, "role": "signatory"},
    )
    assert hired.json()["slug"] == "account-frozen"
    shown = await browser.get(f"{PROOFS}/totp")
    seed, sealed = re.search(r"[A-Z2-7]{32}", shown.text)[0], _SEED.search(shown.text)[1]
    form = {"sealed": sealed, "code": pyotp.TOTP(seed).now()}
    refused = await browser.form(f"{PROOFS}/totp", f"{PROOFS}/totp", **form)
    assert (refused.status_code, civil_minute(until) in refused.text) == (409, True)
    user_code = screen.json()["user_code"]
    let_in = await browser.form("/device", "/device", user_code=user_code, decision="allow")
    assert (let_in.status_code, civil_minute(until) in let_in.text) == (409, True)
    # What protects the holder stays open: refusing a screen, changing the language, ending sessions.
    assert (await browser.form("/device", "/device", user_code=user_code, decision="refuse")).status_code == 200
    assert (await web.patch("/v1/me", headers=mine, json={"language": "en"})).status_code == 200

    await freeze(seeded, HEAD, service.clock.now())
    accepted = await browser.form(f"{PROOFS}/totp", f"{PROOFS}/totp", **form)
    assert accepted.status_code == 200, "the same seed, now that the freeze is over"
    changed = await web.patch("/v1/me", headers=mine, json={"email": "somebody@example.org"})
    assert changed.status_code == 200, changed.text


async def test_an_act_the_rule_does_not_count_is_open(seeded, monkeypatch):
    service = seeded.service
    await freeze(seeded, HEAD, service.clock.now() + timedelta(hours=1))
    async with service.database.transaction(SYSTEM) as session:
        account = await account_of(session, HEAD.number)
    for act in acts_of(service.rules()):
        with pytest.raises(Frozen):
            require_open(service, account, act)
    off = dict.fromkeys(acts_of(service.rules()), False)
    rules = service.rules()
    monkeypatch.setattr(service, "rules", lambda: rules)
    monkeypatch.setattr(rules, "table", lambda name: off)
    for act in off:
        require_open(service, account, act)
