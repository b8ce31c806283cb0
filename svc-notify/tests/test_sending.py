"""Notices leave the house: texts over SMPP, letters over SMTP, receipts back; once, whatever breaks in between."""

import asyncio
import os
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from notify_house import ALL, HEAD, HOLDER, SPONSOR, WORKER, House, open_house

from chassis.models import IntentRow
from chassis.testing.fixtures import Databases, eventually
from conftest import outward
from contracts.events import ApplicationApproved, ExitReentryVisaIssued, TicketProcessed
from partners.simulators.mailbox import ShownLetter, letters_to
from partners.simulators.telephones import ShownText, texts_to
from partners.testing import Bodies, open_bodies

MOBILE, OTHER_MOBILE = "+966500000100", "+966500000200"
THROTTLED_TWICE, REFUSED, NO_RECEIPT, UNDELIVERED, ANSWER_LOST = (
    f"+96650000{ending}" for ending in ("0001", "0002", "0003", "0005", "0006")
)


def approved(person: str = HOLDER) -> ApplicationApproved:
    return ApplicationApproved.model_validate(
        {**ApplicationApproved.example, "application_id": uuid4(), "person": person}
    )


async def texts(bodies: Bodies, mobile: str, count: int = 1, *, within_s: float = 60.0) -> list[ShownText]:
    """The texts on a telephone, once there are so many."""

    async def they_came() -> list[ShownText]:
        found = await texts_to(bodies.simulators.world, mobile)
        return found if len(found) >= count and all(text.whole for text in found) else []

    return await eventually(they_came, within_s=within_s)


async def letters(bodies: Bodies, mailbox: str) -> list[ShownLetter]:
    async def they_came() -> list[ShownLetter]:
        return await letters_to(bodies.simulators.world, mailbox)

    return await eventually(they_came)


async def becomes(house: House, status: str, *, within_s: float = 60.0, **where: Any) -> Any:
    """The one notice of these once it stands so."""

    async def so() -> Any:
        (notice,) = await house.notices(**where)
        return notice if notice.status == status else None

    return await eventually(so, within_s=within_s)


async def every_row_is_due(house: House) -> None:
    await house.run("update intents set next_attempt_at = clock_timestamp() where state in ('waiting', 'unknown')")


async def test_worker_and_sponsor_read_the_visa_on_their_telephones(sending_house: House, bodies: Bodies):
    await sending_house.relate("sponsor", SPONSOR, WORKER)
    await sending_house.reach(WORKER, MOBILE, language="en")
    await sending_house.reach(SPONSOR, OTHER_MOBILE)
    await sending_house.happen(ExitReentryVisaIssued.model_validate(ExitReentryVisaIssued.example))
    (own,) = await texts(bodies, MOBILE)
    (sponsors,) = await texts(bodies, OTHER_MOBILE)
    assert own.text == (
        "An exit and re-entry visa (single), number 6000000001, was issued to you. Leave by 22 February 2027. Days abroad: 60."
    )
    assert sponsors.text.startswith("عاملك (هوية تنتهي بـ 0006): صدرت تأشيرة خروج وعودة (مفردة) رقم 6000000001")
    assert own.source == "JAWAZ"
    for person in (WORKER, SPONSOR):
        delivered = await becomes(sending_house, "delivered", person=person, channel="sms")
        assert delivered.sent_at is not None or delivered.delivered_at is not None
    assert await sending_house.broken_invariants() == {}


async def test_a_long_text_is_delivered_when_every_part_is(sending_house: House, bodies: Bodies):
    await sending_house.relate("household_head", HEAD, HOLDER)
    await sending_house.reach(HEAD, MOBILE)
    await sending_house.happen(approved())
    (text,) = await texts(bodies, MOBILE)
    delivered = await becomes(sending_house, "delivered", person=HEAD, channel="sms")
    assert text.parts == delivered.parts == len(delivered.heard) == 2


async def test_a_ticket_is_told_by_letter_in_its_readers_language(sending_house: House, bodies: Bodies):
    await sending_house.reach(HOLDER, MOBILE, email="someone@example.org")
    await sending_house.happen(TicketProcessed.model_validate(TicketProcessed.example))
    (letter,) = await letters(bodies, "someone@example.org")
    sent = await becomes(sending_house, "sent", person=HOLDER, channel="email")
    assert letter.subject == "تمت معالجة طلب تواصل"
    assert letter.language == "ar"
    assert letter.html is not None
    assert 'dir="rtl"' in letter.html
    assert sent.texts["ar"] in letter.text
    assert "http" not in letter.text
    assert letter.message_id == f"<{sent.sending}@jawaz.invalid>"
    assert await sending_house.broken_invariants() == {}


async def test_a_letter_whose_answer_was_lost_is_the_same_letter_again(sending_house: House, bodies: Bodies):
    (await bodies.control("faults", body="mail", kind="drop_answer", count=1)).raise_for_status()
    await sending_house.reach(HOLDER, MOBILE, email="someone@example.org")
    await sending_house.happen(TicketProcessed.model_validate(TicketProcessed.example))

    async def sent() -> Any:
        await every_row_is_due(sending_house)
        (letter,) = await sending_house.notices(channel="email")
        return letter.status == "sent"

    await eventually(sent)
    (letter,) = await letters(bodies, "someone@example.org")
    assert letter.copies == 2, "the fault was to make a second copy, which the mailbox knows by its Message-ID"
    assert await sending_house.broken_invariants() == {}


async def test_a_mailbox_that_does_not_exist_is_given_up_at_once(sending_house: House, bodies: Bodies):
    await sending_house.reach(HOLDER, MOBILE, email="bounce@example.org")
    await sending_house.happen(TicketProcessed.model_validate(TicketProcessed.example))
    dead = await becomes(sending_house, "dead", person=HOLDER, channel="email")
    assert (dead.error, dead.attempts, dead.due_at) == ("mailbox-refused", 1, None)


async def test_a_throttled_text_is_sent_once_the_operator_has_room(sending_house: House, bodies: Bodies):
    await sending_house.reach(HOLDER, THROTTLED_TWICE)
    await sending_house.happen(approved())
    (text,) = await texts(bodies, THROTTLED_TWICE)
    assert text.copies == 1
    await becomes(sending_house, "delivered", channel="sms")


async def test_a_number_the_operator_refuses_is_given_up(sending_house: House):
    await sending_house.reach(HOLDER, REFUSED)
    await sending_house.happen(approved())
    dead = await becomes(sending_house, "dead", channel="sms")
    assert dead.error == "destination-refused"
    assert await sending_house.broken_invariants() == {}


async def test_an_accepted_text_whose_answer_was_lost_is_asked_about_and_not_sent_again(
    sending_house: House, bodies: Bodies
):
    await sending_house.reach(HOLDER, ANSWER_LOST)
    await sending_house.happen(approved())

    async def asked() -> Any:
        await every_row_is_due(sending_house)
        async with sending_house.service.database.transaction(ALL) as session:
            return await session.scalar(sa.select(IntentRow.state).where(IntentRow.state == "done"))

    await eventually(asked)
    (text,) = await texts(bodies, ANSWER_LOST)
    assert text.copies == 1
    await becomes(sending_house, "delivered", channel="sms")
    assert await sending_house.broken_invariants() == {}


async def test_a_process_killed_after_the_operator_accepted_makes_no_second_text(databases: Databases):
    """SIGKILL while the answer is on its way; the next process finds the lease run out and asks."""
    bodies = await open_bodies((await databases("partners")).run_dsn, receipt_seconds=5.0)
    house = open_house(await databases("notify"), bodies.clock, **outward(bodies))
    try:
        await house.reach(HOLDER, ANSWER_LOST)
        await house.happen(approved())
        doomed = await senders_process(house)
        await texts(bodies, ANSWER_LOST)
        doomed.kill()
        assert await doomed.wait() < 0
        assert (await house.notices(channel="sms"))[0].status == "queued"
        await house.run("update intents set lease_until = clock_timestamp() - interval '1 second'")
        house.start()
        await becomes(house, "sent", channel="sms")

        async def it_reached_the_telephone() -> bool:
            (text,) = await texts(bodies, ANSWER_LOST)
            return text.copies == 1 and text.state == "delivered"

        await eventually(it_reached_the_telephone)
        assert (await house.notices(channel="sms"))[0].status == "sent"  # its receipt went to the process that died
        bodies.clock.advance(timedelta(minutes=6))
        await becomes(house, "delivered", channel="sms")
        assert await house.broken_invariants() == {}
    finally:
        await house.close()
        await bodies.close()


async def senders_process(house: House) -> asyncio.subprocess.Process:
    """The senders as an operating-system process of their own."""
    settings = house.service.settings.model_dump(mode="json", exclude_unset=True)
    environment = {**os.environ, **{f"NOTIFY_{name.upper()}": str(value) for name, value in settings.items()}}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "notify",
        "worker",
        "--only",
        "senders",
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )


async def test_a_text_nobody_confirmed_is_traced(sending_house: House, bodies: Bodies):
    await sending_house.reach(HOLDER, NO_RECEIPT)
    await sending_house.happen(approved())
    sent = await becomes(sending_house, "sent", channel="sms")
    assert sent.due_at is not None
    bodies.clock.advance(timedelta(minutes=6))

    async def asked() -> Any:
        (notice,) = await sending_house.notices(channel="sms")
        return notice if notice.asks == 1 and notice.due_at > bodies.clock.now() else None

    await eventually(asked)
    async with bodies.simulators.world.transaction() as session:
        await session.execute(sa.text("update text_parts set state = 'delivered'"))
    bodies.clock.advance(timedelta(hours=2))
    await becomes(sending_house, "delivered", channel="sms")
    assert await sending_house.broken_invariants() == {}


async def test_an_undelivered_text_is_sent_again_after_the_rules_wait_and_given_up_after_the_last(
    sending_house: House, bodies: Bodies
):
    await sending_house.reach(HOLDER, UNDELIVERED)
    await sending_house.happen(approved())
    failed = await becomes(sending_house, "failed", channel="sms")
    assert (failed.error, failed.attempts) == ("undelivered", 1)
    for attempts in range(2, 9):
        bodies.clock.advance(timedelta(days=1))

        async def tried_again(attempts: int = attempts) -> Any:
            (notice,) = await sending_house.notices(channel="sms")
            return notice if notice.attempts == attempts and notice.status in ("failed", "dead") else None

        last = await eventually(tried_again)
    assert last.status == "dead"
    assert len(await texts(bodies, UNDELIVERED)) == 8
    assert await sending_house.broken_invariants() == {}


async def test_a_number_given_up_while_its_text_waited_is_not_sent_to(sending_house: House, bodies: Bodies):
    await sending_house.stop()
    await sending_house.reach(HOLDER, MOBILE)
    await sending_house.happen(approved())
    await sending_house.reach(HOLDER, OTHER_MOBILE)
    sending_house.start()
    failed = await becomes(sending_house, "failed", channel="sms")
    assert failed.error == "contact-changed"
    bodies.clock.advance(timedelta(seconds=10))
    await becomes(sending_house, "delivered", channel="sms")
    assert len(await texts(bodies, OTHER_MOBILE)) == 1
    assert await texts_to(bodies.simulators.world, MOBILE) == []
    assert await sending_house.broken_invariants() == {}


async def test_a_sending_the_mechanism_gave_up_fails_the_notice(sending_house: House, bodies: Bodies):
    await sending_house.stop()
    await sending_house.reach(HOLDER, MOBILE)
    await sending_house.happen(approved())
    await sending_house.run("update intents set state = 'dead'")
    bodies.clock.advance(timedelta(minutes=2))
    sending_house.start()
    failed = await becomes(sending_house, "failed", channel="sms")
    assert failed.error == "never-taken"


async def test_the_sweep_goes_on_after_its_first_round(sending_house: House):
    async def fired() -> bool:
        async with sending_house.service.database.transaction(ALL) as session:
            states = await session.execute(sa.text("select state, count(*) from timers group by state"))
            counts = {row[0]: row[1] for row in states}
        return counts.get("fired", 0) >= 2 and counts.get("armed") == 1

    await eventually(fired)
