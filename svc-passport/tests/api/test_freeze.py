"""An account whose mobile has changed lately: its acts of consequence wait, its other ones and other people's do not."""

import uuid
from datetime import UTC, timedelta

import sqlalchemy as sa

from contracts.events_account import AccountFrozen
from passport.models import Application
from tests.passport_desk import PATH, SYSTEM


def said(account, who, until, now):
    return AccountFrozen(account_id=account, person=who, until=until, reason="mobile_changed", at=now)


async def test_a_frozen_account_cancels_nothing_until_the_freeze_has_ended(desk, person):
    head, child, account = person("001"), person("905"), uuid.uuid4()
    await desk.relate("household_head", head, child)
    now = desk.service.clock.now()
    application = await desk.draft(child)
    place, until = f"{PATH}/{application}", (now + timedelta(hours=24)).replace(second=0, microsecond=0)
    await desk.hears(said(account, head, until, now), 2)
    await desk.hears(said(account, head, now, now), 1)  # an older word that comes late
    answer = await desk.call("POST", f"{place}/cancel", head)
    assert (answer.status_code, answer.json()["slug"]) == (409, "requirements-missing"), answer.text
    (missing,) = answer.json()["details"]["requirements"]
    named = until.astimezone(UTC) + timedelta(hours=3)
    for language in ("ar", "en"):
        assert f"{named:%Y-%m-%d %H:%M}" in missing["texts"][language]
        assert missing["remedy_texts"][language]
    assert missing["rule"] == "passport.freeze.acts"

    async def may_cancel(who):
        (cancelling,) = (each for each in (await desk.read(application, who))["actions"] if each["action"] == "cancel")
        return cancelling["possible"]

    # It is whoever acts that waits: the child's own account is free.
    assert (await may_cancel(head), await may_cancel(child)) == (False, True)
    await desk.hears(said(account, head, desk.service.clock.now(), now), 3)
    assert await may_cancel(head)
    cancelled = await desk.ok("POST", f"{place}/cancel", head)
    assert cancelled["state"]["word"] == "cancelled"


async def test_a_frozen_account_sends_nothing_off_and_moves_no_address(desk, person):
    who, account = person("900"), uuid.uuid4()
    application = await desk.paid(who)
    place, now = f"{PATH}/{application}", desk.service.clock.now()
    (chosen, *_) = (await desk.read(application, who))["addresses"]
    await desk.hears(said(account, who, now + timedelta(hours=24), now), 1)
    refused = await desk.call("POST", f"{place}/submit", who)
    assert (refused.status_code, refused.json()["details"]["missing"]) == (409, ["account_is_not_frozen"])
    (submitting,) = (each for each in (await desk.read(application, who))["actions"] if each["action"] == "submit")
    assert not submitting["possible"]
    # The address that was chosen before stays; saying it again changes nothing.
    await desk.ok("PUT", f"{place}/delivery-address", who, json={"short_address": chosen})
    async with desk.service.database.transaction(SYSTEM) as session:  # another of theirs had been chosen
        await session.execute(sa.update(Application).values(short_address="ABCD1234"))
    moved = await desk.call("PUT", f"{place}/delivery-address", who, json={"short_address": chosen})
    assert (moved.status_code, moved.json()["details"]["missing"]) == (409, ["account_is_not_frozen"])
    await desk.hears(said(account, who, now, now), 2)
    await desk.ok("PUT", f"{place}/delivery-address", who, json={"short_address": chosen})
    await desk.ok("POST", f"{place}/submit", who)
