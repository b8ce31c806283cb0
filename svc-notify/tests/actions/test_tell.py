"""A change of record is told once to everybody who is to know of it, by every channel of its kind."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from notify_house import HEAD, HOLDER, SPONSOR, WORKER, House

from contracts.events import (
    ApplicationApproved,
    ApplicationSubmitted,
    AuthorisationUsed,
    ExitReentryVisaIssued,
    IqamaRenewalBlocked,
    TicketReturned,
)


def approved(person: str = HOLDER) -> ApplicationApproved:
    return ApplicationApproved.model_validate(
        {**ApplicationApproved.example, "application_id": uuid4(), "person": person}
    )


def visa(person: str = WORKER) -> ExitReentryVisaIssued:
    return ExitReentryVisaIssued.model_validate({**ExitReentryVisaIssued.example, "visa_id": uuid4(), "person": person})


async def addressees(house: House, **where: str) -> set[tuple[str, str, str]]:
    return {(each.person, each.standing, each.channel) for each in await house.notices(**where)}


async def test_the_holder_is_told_by_sms_and_inbox(house: House):
    await house.reach(HOLDER, "+966500000100")
    await house.happen(approved())
    sms, inbox = sorted(await house.notices(), key=lambda each: each.channel, reverse=True)
    assert (sms.channel, sms.status, inbox.channel, inbox.status) == ("sms", "queued", "inbox", "delivered")
    assert sms.texts == inbox.texts
    assert "JWZ-7K3M-Q9RT-2XWA" in sms.texts["ar"]
    assert await house.broken_invariants() == {}


async def test_a_dependants_head_of_household_is_told_too(house: House):
    await house.relate("household_head", HEAD, HOLDER)
    await house.happen(approved())
    assert await addressees(house, channel="sms") == {(HOLDER, "holder", "sms"), (HEAD, "household_head", "sms")}
    (told,) = await house.notices(person=HEAD, channel="sms")
    assert told.texts["ar"].startswith("تابعك (هوية تنتهي بـ 0008)")
    assert told.about == HOLDER
    assert await house.broken_invariants() == {}


async def test_worker_and_sponsor_are_both_told_of_a_visa(house: House):
    await house.relate("sponsor", SPONSOR, WORKER)
    await house.happen(visa())
    assert await addressees(house, channel="sms") == {(WORKER, "holder", "sms"), (SPONSOR, "sponsor", "sms")}


async def test_who_is_several_things_is_told_once_as_the_nearest(house: House):
    await house.relate("sponsor", SPONSOR, WORKER)
    await house.relate("household_head", SPONSOR, WORKER)
    blocked = IqamaRenewalBlocked.model_validate(
        {**IqamaRenewalBlocked.example, "person": WORKER, "applicant": SPONSOR}
    )
    await house.happen(blocked)
    assert await addressees(house, channel="inbox") == {(WORKER, "holder", "inbox"), (SPONSOR, "applicant", "inbox")}
    assert await house.broken_invariants() == {}


async def test_a_relation_that_had_ended_is_not_told(house: House):
    yesterday = house.service.clock.now() - timedelta(days=1)
    await house.relate("sponsor", SPONSOR, WORKER, ends_at=yesterday)
    await house.happen(visa())
    assert await addressees(house, channel="sms") == {(WORKER, "holder", "sms")}


async def test_a_ticket_is_told_by_sms_mail_and_inbox_to_its_opener_alone(house: House):
    await house.relate("household_head", HEAD, HOLDER)
    await house.reach(HOLDER, "+966500000100", email="someone@example.org")
    await house.happen(TicketReturned.model_validate(TicketReturned.example))
    assert await addressees(house) == {(HOLDER, "holder", channel) for channel in ("sms", "email", "inbox")}
    assert await house.broken_invariants() == {}


async def test_the_same_event_twice_is_told_once(house: House):
    await house.relate("household_head", HEAD, HOLDER)
    envelope = await house.happen(approved())
    before = len(await house.notices())
    await house.deliver(envelope)
    assert len(await house.notices()) == before == 4
    assert await house.inbox_states() == {"applied": 2}


async def test_a_repeat_after_the_inbox_forgot_is_still_told_once(house: House):
    envelope = await house.happen(approved())
    await house.run("delete from inbox")
    await house.run("delete from inbox_positions")
    await house.deliver(envelope)
    assert len(await house.notices()) == 2
    assert await house.inbox_states() == {"applied": 1}


async def test_two_acts_of_one_case_are_told_each(house: House):
    submitted = ApplicationSubmitted.model_validate(ApplicationSubmitted.example)
    await house.happen(submitted)
    await house.happen(ApplicationApproved.model_validate(ApplicationApproved.example))
    titles = [each.title["en"] for each in await house.notices(channel="inbox")]
    assert titles == ["Passport application received", "Passport application approved"]


async def test_a_relation_known_a_moment_late_is_caught_up(house: House):
    await house.happen(visa())
    await house.relate("sponsor", SPONSOR, WORKER)
    assert await addressees(house, person=SPONSOR) == {(SPONSOR, "sponsor", "sms"), (SPONSOR, "sponsor", "inbox")}
    await house.relate("sponsor", SPONSOR, WORKER)
    assert len(await house.notices(person=SPONSOR)) == 2


async def test_a_relation_learnt_at_the_same_moment_is_told(house: House):
    """Parked events are taken in beside the queue: whichever comes first, the other must see it."""
    workers = [f"20000{place:05}" for place in range(20)]
    for each in workers:
        await asyncio.gather(house.happen(visa(each)), house.relate("sponsor", SPONSOR, each))
    told = await house.notices(person=SPONSOR, channel="sms")
    assert {notice.about for notice in told} == set(workers)
    assert await house.inbox_states() == {"applied": 40}


async def test_a_relation_known_long_after_is_not_told_the_past(house: House):
    await house.happen(visa())
    house.service.clock.advance(timedelta(hours=1))
    await house.relate("sponsor", SPONSOR, WORKER)
    assert await house.notices(person=SPONSOR) == []


async def test_the_invariant_notices_somebody_untold(house: House):
    await house.relate("sponsor", SPONSOR, WORKER)
    await house.happen(visa())
    (untold,) = await house.notices(person=SPONSOR, channel="sms")
    await house.run("delete from notices where id = :id", id=untold.id)
    faults = (await house.broken_invariants())["every_event_was_told.sql"]
    assert [(fault["person"], fault["channel"], fault["fault"]) for fault in faults] == [(SPONSOR, "sms", "not told")]


async def test_both_sides_of_an_authorisation_are_told_and_nobody_who_holds_another(house: House):
    await house.relate("grantee", SPONSOR, HOLDER, scope="exit_reentry")
    await house.relate("household_head", HEAD, HOLDER)
    facts = {**AuthorisationUsed.example, "person": HOLDER, "grantee": WORKER.replace("2", "1", 1)}
    await house.happen(AuthorisationUsed.model_validate(facts))
    assert await addressees(house, channel="sms") == {(HOLDER, "holder", "sms"), (facts["grantee"], "grantee", "sms")}
    (told,) = await house.notices(person=facts["grantee"], channel="inbox")
    assert "0008" in told.texts["en"]
    assert "exit and re-entry visa" in told.texts["en"]
    assert await house.broken_invariants() == {}
