"""SMS over SMPP and letters over SMTP: receipts, refusals, throttling, lost answers, second copies."""

import asyncio

import pytest

from chassis.http.client import Unreachable
from chassis.testing.fixtures import eventually
from partners.body import Refused
from partners.sms import Receipt, Sms
from partners.testing import Bodies

MOBILE = "+966501234567"
ARABIC = "تم اعتماد طلبكم لتجديد جواز السفر، وستصلكم رسالة عند الطباعة. الجوازات لا تطلب رمز الدخول من أحد أبداً، فلا تشاركه مع أي شخص كان."


async def phone(bodies: Bodies, mobile: str = MOBILE) -> list[dict]:
    response = await bodies.web.get("/control/sms", params={"to": mobile})
    return response.raise_for_status().json()


async def receipts_of(sms: Sms, count: int) -> list[Receipt]:
    found: list[Receipt] = []

    async def collect() -> None:
        async for receipt in sms.receipts():
            found.append(receipt)
            if len(found) == count:
                return

    await asyncio.wait_for(collect(), 60)
    return found


async def test_an_arabic_text_arrives_whole_and_is_receipted(bodies: Bodies):
    sent = await bodies.sms.send("notice-0001", MOBILE, ARABIC)
    assert sent.parts == 2
    assert len(set(sent.message_ids)) == 2
    (text,) = await phone(bodies)
    assert (text["text"], text["parts"], text["whole"], text["copies"]) == (ARABIC, 2, True, 1)
    assert (text["reference"], text["source"]) == ("notice-0001", "JAWAZ")
    receipts = await receipts_of(bodies.sms, 2)
    assert {receipt.message_id for receipt in receipts} == set(sent.message_ids)
    assert {(receipt.state, receipt.reference) for receipt in receipts} == {("delivered", "notice-0001")}
    outcome = await bodies.sms.outcome("notice-0001")
    assert (outcome.known, outcome.state, outcome.parts_accepted) == (True, "delivered", (1, 2))


async def test_an_english_text_arrives_as_written(bodies: Bodies):
    await bodies.sms.send("notice-0001", MOBILE, "Fee: 300 SAR {paid} €5")
    assert [text["text"] for text in await phone(bodies)] == ["Fee: 300 SAR {paid} €5"]


async def test_many_texts_at_once_arrive_each_once(bodies: Bodies):
    await asyncio.gather(*[bodies.sms.send(f"notice-{i:04}", MOBILE, f"text {i}") for i in range(60)])
    texts = await phone(bodies)
    assert {text["text"] for text in texts} == {f"text {i}" for i in range(60)}
    assert {text["copies"] for text in texts} == {1}


@pytest.mark.parametrize(
    ("ending", "slug", "passing"), [("0000", "throttled", True), ("0002", "destination-refused", False)]
)
async def test_a_refused_text_is_told_apart_from_a_throttled_one(bodies: Bodies, ending: str, slug: str, passing: bool):
    with pytest.raises(Refused) as refused:
        await bodies.sms.send("notice-0001", "+96650123" + ending, "text")
    assert (refused.value.slug, refused.value.passing) == (slug, passing)
    assert not (await bodies.sms.outcome("notice-0001")).known


async def test_a_mobile_that_throttles_twice_takes_the_third(bodies: Bodies):
    mobile = "+966501230001"
    for _ in range(2):
        with pytest.raises(Refused, match="throttled"):
            await bodies.sms.send("notice-0001", mobile, "text")
    await bodies.sms.send("notice-0001", mobile, "text")
    assert len(await phone(bodies, mobile)) == 1


async def test_a_lost_answer_is_asked_about_and_not_sent_again(open_bodies):
    bodies: Bodies = await open_bodies(total_s=0.5)
    mobile = "+966501230006"
    with pytest.raises(Unreachable) as lost:
        await bodies.sms.send("notice-0001", mobile, "text")
    assert not lost.value.never_sent
    outcome = await bodies.sms.outcome("notice-0001")
    assert (outcome.known, outcome.parts_accepted) == (True, (1,))
    sent = await bodies.sms.send("notice-0001", mobile, "text", without=outcome.parts_accepted)
    assert sent.message_ids == ()
    assert [text["copies"] for text in await phone(bodies, mobile)] == [1]


async def test_a_text_sent_twice_is_seen_twice(bodies: Bodies):
    for _ in range(2):
        await bodies.sms.send("notice-0001", MOBILE, ARABIC)
    assert [text["copies"] for text in await phone(bodies)] == [2, 2]


async def test_only_the_missing_part_is_sent_again(bodies: Bodies):
    await bodies.sms.send("notice-0001", MOBILE, ARABIC, without=(2,))
    (half,) = await phone(bodies)
    assert not half["whole"]
    outcome = await bodies.sms.outcome("notice-0001")
    assert (outcome.parts_accepted, outcome.parts_expected) == ((1,), 2)
    await bodies.sms.send("notice-0001", MOBILE, ARABIC, without=outcome.parts_accepted)
    (text,) = await phone(bodies)
    assert (text["text"], text["whole"], text["copies"]) == (ARABIC, True, 1)


async def test_a_throttled_later_part_is_tried_again_at_once(bodies: Bodies):
    sent = await bodies.sms.send("notice-0001", "+966501230001", ARABIC, without=(1,))
    assert len(sent.message_ids) == 1
    assert (await bodies.sms.outcome("notice-0001")).parts_accepted == (2,)


@pytest.mark.parametrize("ending", ["0000", "0002"])
async def test_a_later_part_that_is_not_taken_leaves_the_outcome_to_be_asked(bodies: Bodies, ending: str):
    with pytest.raises(Unreachable) as unreachable:
        await bodies.sms.send("notice-0001", "+96650123" + ending, ARABIC, without=(1,))
    assert not unreachable.value.never_sent


@pytest.mark.parametrize(("ending", "state"), [("0003", "accepted"), ("0005", "undelivered")])
async def test_receipts_that_never_come_and_receipts_that_say_no(bodies: Bodies, ending: str, state: str):
    await bodies.sms.send("notice-0001", "+96650123" + ending, "text")

    async def settled() -> bool:
        return (await bodies.sms.outcome("notice-0001")).state == state

    await eventually(settled)
    if state == "undelivered":
        assert [receipt.state for receipt in await receipts_of(bodies.sms, 1)] == ["undelivered"]


async def test_a_late_receipt_comes_late(bodies: Bodies):
    await bodies.sms.send("notice-0001", "+966501230004", "text")
    assert (await bodies.sms.outcome("notice-0001")).state == "accepted"
    assert [receipt.reference for receipt in await receipts_of(bodies.sms, 1)] == ["notice-0001"]


async def test_an_operator_that_is_down_refuses_for_now_and_comes_back(bodies: Bodies):
    await bodies.control("faults", body="sms", kind="down")
    with pytest.raises(Refused) as refused:
        await bodies.sms.send("notice-0001", MOBILE, "text")
    assert refused.value.passing
    await bodies.sms.send("notice-0001", MOBILE, "text")


async def test_nobody_at_the_operators_port_was_never_sent(bodies: Bodies):
    nobody = Sms(
        "127.0.0.1", 9, bodies.simulators.url("sms"), bodies.clock, system_id="a", password="b", source="JAWAZ"
    )
    with pytest.raises(Unreachable) as unreachable:
        await nobody.send("notice-0001", MOBILE, "text")
    assert unreachable.value.never_sent
    await nobody.close()


async def test_a_session_that_was_cut_is_bound_again(bodies: Bodies):
    await bodies.sms.send("notice-0001", MOBILE, "first")
    operator = bodies.simulators.operator
    await operator.stop()
    with pytest.raises(Unreachable):
        await bodies.sms.send("notice-0002", MOBILE, "second")
    await operator.start("127.0.0.1", bodies.simulators.smpp_port)

    async def sent_again() -> bool:
        try:
            await bodies.sms.send("notice-0002", MOBILE, "second")
        except Unreachable:
            return False
        return True

    await eventually(sent_again)
    assert [text["text"] for text in await phone(bodies)] == ["first", "second"]


async def mailbox(bodies: Bodies, to: str) -> list[dict]:
    return (await bodies.web.get("/control/mail", params={"to": to})).raise_for_status().json()


async def test_a_letter_arrives_in_both_forms_with_its_headers(bodies: Bodies):
    sent = await bodies.mail.send(
        "notice-0001", "person@example.com", "تم الاعتماد", ARABIC, html=f"<p dir='rtl'>{ARABIC}</p>", language="ar"
    )
    (letter,) = await mailbox(bodies, "person@example.com")
    assert letter["message_id"] == sent.message_id == "<notice-0001@jawaz.invalid>"
    assert (letter["subject"], letter["text"].strip(), letter["language"]) == ("تم الاعتماد", ARABIC, "ar")
    assert ARABIC in letter["html"]
    assert letter["headers"]["auto-submitted"] == "auto-generated"


async def test_a_letter_sent_twice_is_one_letter(bodies: Bodies):
    for _ in range(2):
        await bodies.mail.send("notice-0001", "person@example.com", "subject", "text")
    assert [letter["copies"] for letter in await mailbox(bodies, "person@example.com")] == [2]


async def test_a_letter_whose_answer_is_lost_may_be_sent_again(bodies: Bodies):
    await bodies.control("faults", body="mail", kind="drop_answer")
    with pytest.raises(Unreachable) as lost:
        await bodies.mail.send("notice-0001", "person@example.com", "subject", "text")
    assert not lost.value.never_sent
    await bodies.mail.send("notice-0001", "person@example.com", "subject", "text")
    assert [letter["copies"] for letter in await mailbox(bodies, "person@example.com")] == [2]


@pytest.mark.parametrize(
    ("name", "slug", "passing"),
    [("bounce", "mailbox-refused", False), ("full", "put-off", True), ("greylisted", "put-off", True)],
)
async def test_mailboxes_that_refuse(bodies: Bodies, name: str, slug: str, passing: bool):
    with pytest.raises(Refused) as refused:
        await bodies.mail.send("notice-0001", f"{name}@example.com", "subject", "text")
    assert (refused.value.slug, refused.value.passing) == (slug, passing)
    assert await mailbox(bodies, f"{name}@example.com") == []
    if name == "greylisted":
        await bodies.mail.send("notice-0001", f"{name}@example.com", "subject", "text")


async def test_a_mail_server_that_is_away_was_never_sent(bodies: Bodies):
    await bodies.simulators.mail.stop()
    with pytest.raises(Unreachable) as unreachable:
        await bodies.mail.send("notice-0001", "person@example.com", "subject", "text")
    assert unreachable.value.never_sent
