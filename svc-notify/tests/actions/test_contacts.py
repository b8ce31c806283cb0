"""A notice waits for a way to reach its recipient, and goes out when there is one."""

from datetime import timedelta

import sqlalchemy as sa
from notify_house import ALL, HOLDER, House

from chassis.intents import Senders
from chassis.refusals import Conflict
from contracts.events import ApplicationApproved, ContactChanged, TicketOpened
from notify.actions import sweep as sweeping
from notify.actions.sweep import sweep
from notify.models import Contact
from notify.senders import SENDERS

APPROVED = ApplicationApproved.model_validate(ApplicationApproved.example)


async def swept(house: House) -> int:
    async with house.service.database.transaction(ALL) as session:
        return await sweep(house.service, session)


async def sealed_words(house: House) -> list[str]:
    """What the senders would send."""
    senders = Senders(house.service, SENDERS)
    return [intent.sealed or "" for (intent, _), _ in await senders._claim(8)]


async def test_a_contact_that_arrives_late_gets_what_waited(house: House):
    await house.happen(APPROVED)
    (waiting,) = await house.notices(channel="sms")
    assert waiting.status == "selected"
    await house.reach(HOLDER, "+966500000100", language="en")
    (queued,) = await house.notices(channel="sms")
    assert (queued.status, queued.language, queued.attempts) == ("queued", "en", 1)
    assert any("+966500000100" in words and "is approved" in words for words in await sealed_words(house))
    assert await house.broken_invariants() == {}


async def test_a_letter_waits_for_an_address_while_the_text_goes(house: House):
    await house.reach(HOLDER, "+966500000100")
    await house.happen(TicketOpened.model_validate(TicketOpened.example))
    by_channel = {each.channel: each.status for each in await house.notices()}
    assert by_channel == {"sms": "queued", "email": "selected", "inbox": "delivered"}
    await house.reach(HOLDER, "+966500000100", email="someone@example.org")
    (letter,) = await house.notices(channel="email")
    assert letter.status == "queued"
    assert await house.broken_invariants() == {}


async def test_nobody_is_waited_for_longer_than_the_rule_says(house: House):
    await house.happen(APPROVED)
    house.service.clock.advance(timedelta(days=29))
    await swept(house)
    assert [each.status for each in await house.notices(channel="sms")] == ["selected"]
    house.service.clock.advance(timedelta(days=2))
    await swept(house)
    (lapsed,) = await house.notices(channel="sms")
    assert (lapsed.status, lapsed.error, lapsed.due_at) == ("lapsed", "no-contact", None)
    assert await house.broken_invariants() == {}


async def test_numbers_and_addresses_are_unreadable_in_the_rows(house: House):
    await house.reach(HOLDER, "+966500000100", email="someone@example.org")
    await house.happen(APPROVED)
    async with house.service.database.transaction(ALL) as session:
        for table in ("contacts", "intents", "notices"):
            rows = await session.execute(sa.text(f"select t::text from {table} t"))
            said = " ".join(row for (row,) in rows)
            assert "500000100" not in said
            assert "someone@" not in said


async def test_a_new_number_ends_the_old_ones_interval(house: House):
    await house.reach(HOLDER, "+966500000100")
    await house.reach(HOLDER, "+966500000200")
    await house.reach(HOLDER, "+966500000200")
    async with house.service.database.transaction(ALL) as session:
        contacts = list(await session.scalars(sa.select(Contact).order_by(Contact.known_from)))
    assert [(each.mobile, each.known_until is None) for each in contacts] == [
        ("+966500000100", False),
        ("+966500000200", True),
    ]
    await house.happen(APPROVED)
    (queued,) = await house.notices(channel="sms")
    assert queued.contact_id == contacts[1].id
    assert await house.broken_invariants() == {}


async def test_an_older_contact_does_not_come_back(house: House):
    first = house.envelope(ContactChanged(account_id=APPROVED.application_id, person=HOLDER, mobile="+966500000100"))
    second = house.envelope(ContactChanged(account_id=APPROVED.application_id, person=HOLDER, mobile="+966500000200"))
    await house.deliver(second)
    await house.deliver(first)
    async with house.service.database.transaction(ALL) as session:
        assert [each.mobile for each in await session.scalars(sa.select(Contact))] == ["+966500000200"]
    assert await house.inbox_states() == {"applied": 1, "superseded": 1}


async def test_a_rule_that_allows_fewer_attempts_gives_up_what_had_more(house: House):
    await house.reach(HOLDER, "+966500000100")
    await house.happen(APPROVED)
    await house.run(
        "update notices set status = 'failed', attempts = 12, error = 'undelivered', due_at = now() where channel = 'sms'"
    )
    await swept(house)
    assert [each.status for each in await house.notices(channel="sms")] == ["dead"]


async def test_one_notice_that_may_not_move_does_not_stop_the_others(house: House, monkeypatch):
    await house.happen(APPROVED)
    await house.happen(TicketOpened.model_validate(TicketOpened.example))
    first, second = await house.notices(channel="sms")
    house.service.clock.advance(timedelta(days=31))
    lapse = sweeping.lapse_or_queue

    async def refusing(service, session, notice):
        if notice.id == first.id:
            raise Conflict("stuck")
        await lapse(service, session, notice)

    monkeypatch.setattr(sweeping, "lapse_or_queue", refusing)
    await swept(house)
    statuses = {each.id: each.status for each in await house.notices(channel="sms")}
    assert statuses == {first.id: "selected", second.id: "lapsed"}
