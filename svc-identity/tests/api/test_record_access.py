"""Who saw my record: told by every service, kept here, read by me alone; and the heads of the others' audits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.audit.rows import AlarmRow, SealHeadRow
from chassis.database import Sight
from chassis.events.inbox import Inbox
from chassis.identifiers import uuid7
from chassis.models import InboxRow, OutboxRow
from chassis.testing.fixtures import eventually
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.events_audit import (
    AUDIT_SEALED,
    LOOKS_ALARMED,
    RECORD_SEEN,
    IdentityAuditSealed,
    IdentityRecordSeen,
)
from identity.models import Account, RecordAccess, StaffLook
from identity.reactions import reactions
from identity.seeds import HOLDERS, STAFF, email_of
from partners.simulators.households import number_at

SYSTEM = Sight.system("test")
NOW = datetime.now(UTC)


async def deliver(service: Any, event: Event, version: int = 1) -> None:
    envelope = Envelope(
        id=uuid7(),
        source=f"/{event.producer()}",
        type=event.key,
        time=NOW,
        aggregate=event.aggregate,
        version=version,
        data=event.model_dump(mode="json"),
    )
    await Inbox(service, reactions).deliver(envelope.model_dump_json().encode(), type_hint=event.key, attempts=0)


def seen(kind: Any, person: str, *, actor: str | None = None, **changed: Any) -> Event:
    entry = {**kind.example["entries"][0], "person": person, **changed}
    who = {"actor": actor} if actor else {"office": "riyadh-main", "staff": STAFF[1].number}
    return kind(seen_id=uuid7(), entries=[entry], **who)


async def test_every_service_tells_it_and_its_holder_alone_reads_it(seeded, driving):
    mine, other = HOLDERS[0], HOLDERS[2]
    for kind in RECORD_SEEN:
        await deliver(seeded.service, seen(kind, mine.number))
    relative = seen(
        IdentityRecordSeen,
        mine.number,
        actor=other.number,
        standing="household_head",
        purpose=None,
        action="paper.fold",
    )
    await deliver(seeded.service, relative)
    web, browser, stranger = seeded.web(), seeded.browser(), seeded.browser()
    await browser.sign_in(mine.number, mobile=mine.mobile)
    await stranger.sign_in(other.number, mobile=other.mobile)
    bearer = driving.bearer((await seeded.tokens(browser))["access_token"])
    foreign = driving.bearer((await seeded.tokens(stranger))["access_token"])

    first = (await web.get("/v1/me/record-access?limit=4", headers=bearer)).json()
    rest = (await web.get(f"/v1/me/record-access?limit=4&cursor={first['next']}", headers=bearer)).json()
    items = [*first["items"], *rest["items"]]
    assert (len(first["items"]), len(items), rest["next"]) == (4, 7, None)
    assert {each["service"]["code"] for each in items} == {kind.producer() for kind in RECORD_SEEN}
    act, look = items[0], items[1]
    assert (act["what"], act["purpose"], act["by"]["number_ending"]) == ("acted", None, f"…{other.number[-3:]}")
    assert act["action"]["texts"]["en"] == "An act", "a word without words of its own is told in general ones"
    assert (look["what"], look["by"]["office"], look["by"]["number_ending"]) == ("looked", "riyadh-main", None)
    assert look["purpose"]["texts"] == {"ar": "طلب محال إليه", "en": "A case assigned to them"}
    assert look["by"]["standing"]["texts"]["ar"] == "ضابط الجوازات"
    assert other.number not in str(items)
    assert STAFF[1].number not in str(items), "counted by, and shown to nobody"
    assert (await web.get("/v1/me/record-access", headers=foreign)).json()["items"] == []
    assert (await web.get("/v1/me/record-access")).status_code == 401
    async with seeded.service.database.transaction(Sight(other.number)) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(RecordAccess)) == 0, "the second wall"


async def test_a_look_at_the_counter_comes_back_to_its_person(seeded, driving):
    person, clerk = HOLDERS[0], await seeded.bearer_of("clerk")
    answer = await seeded.web().post("/v1/activations/find", json={"number": person.number}, headers=clerk)
    assert answer.status_code == 200, answer.text

    async def come_back() -> Any:
        async with seeded.service.database.transaction(SYSTEM) as session:
            return await session.scalar(sa.select(RecordAccess).where(RecordAccess.person == person.number))

    row = await eventually(come_back)
    assert (row.service, row.standing, row.purpose, row.actor) == ("identity", "clerk", "counter", None)


async def test_the_heads_of_the_others_are_kept_once_and_the_first_word_stands(seeded):
    service = seeded.service
    others = [kind for kind in AUDIT_SEALED if kind is not IdentityAuditSealed]
    assert IdentityAuditSealed.key not in reactions.keys
    for kind in others:
        await deliver(service, kind(**kind.example))
        await deliver(service, kind(**{**kind.example, "digest": "f" * 64}), version=2)
    async with service.database.transaction(SYSTEM) as session:
        heads = list(await session.scalars(sa.select(SealHeadRow)))
        waiting = list(await session.scalars(sa.select(InboxRow.state).where(InboxRow.state != "applied")))
        assert await session.scalar(sa.select(OutboxRow.id).where(OutboxRow.type.like("identity.audit%"))) is None
    assert {(head.chain, head.digest) for head in heads} == {(k.producer(), k.example["digest"]) for k in others}
    assert waiting == []


async def letters(house, role):
    return (await house.bodies.web.get("/control/mail", params={"to": email_of(role)})).json()


async def test_alarms_reach_the_administrators_of_now_but_for_whom_they_are_about(seeded):
    """By letter, from whatever service, in the reader's language; neither letter nor subject names anybody."""
    service, second = seeded.service, "second-administrator"
    first = next(each for each in STAFF if each.role == "administrator")
    clerk = next(each for each in STAFF if each.role == "clerk")
    async with service.database.transaction(SYSTEM) as session:
        english = sa.update(Account).where(Account.person == first.number).values(language="en")
        await session.execute(english)
    for kind in LOOKS_ALARMED:
        await deliver(service, kind(**{**kind.example, "alarm_id": uuid7(), "actor": clerk.number}))
    about_herself = LOOKS_ALARMED[0]
    await deliver(service, about_herself(**{**about_herself.example, "alarm_id": uuid7(), "actor": first.number}))

    async def arrived():
        told = [await letters(seeded, role) for role in ("administrator", second)]
        return told if [len(each) for each in told] == [6, 7] else None

    for language, told in zip(("en", "ar"), await eventually(arrived), strict=True):
        for each in told:
            written = f"{each['subject']} {each['text']}"
            assert ("reached the most" in written) == (language == "en")
            assert "{" not in written
            assert not any(staff.number in written for staff in STAFF)
            assert not any(staff.name_en in written for staff in STAFF if staff.role != "administrator")
    assert await letters(seeded, "clerk") == []

    # A suspended administrator is no supervisor, although the role is still theirs.
    async with service.database.transaction(SYSTEM) as session:
        stopped = sa.update(Account).where(Account.person == first.number).values(status="suspended")
        await session.execute(stopped)
    await deliver(service, about_herself(**{**about_herself.example, "alarm_id": uuid7(), "actor": clerk.number}))

    async def one_more():
        return len(await letters(seeded, second)) == 8

    await eventually(one_more)
    assert len(await letters(seeded, "administrator")) == 6


async def test_what_somebody_opens_in_all_services_together_is_alarmed_once_an_hour(seeded):
    service, clerk = seeded.service, next(each for each in STAFF if each.role == "clerk")
    allowed = service.rules().table("identity.looks.most_everywhere")["other"]["an_hour"]
    now = service.clock.now()

    async def alarms():
        async with service.database.transaction(SYSTEM) as session:
            found = await session.execute(sa.select(AlarmRow.kind, AlarmRow.actor, AlarmRow.object, AlarmRow.reason))
            return [tuple(each) for each in found]

    async def open_in(kind, first, count, **changed):
        entry = {**kind.example["entries"][0], "at": now, **changed}
        entries = [entry | {"person": number_at("1", 3000 + each, 0)} for each in range(first, first + count)]
        await deliver(service, kind(seen_id=uuid7(), office="riyadh-main", staff=clerk.number, entries=entries))

    half = allowed // 2
    await open_in(RECORD_SEEN[1], 0, half)
    await open_in(RECORD_SEEN[2], 0, half)
    await open_in(RECORD_SEEN[3], half, allowed - half)
    await open_in(RECORD_SEEN[4], 500, 9, purpose=None, action="paper.fold")
    assert await alarms() == [], "the same persons count once, and acts are not looks"
    await open_in(RECORD_SEEN[5], 900, 1)
    await open_in(RECORD_SEEN[5], 901, 3)
    assert await alarms() == [("limit", clerk.number, "all-services", "an_hour")]

    async def told():
        return len(await letters(seeded, "administrator")) == 1

    await eventually(told)
    async with service.database.transaction(Sight(clerk.number, "staff")) as session:
        assert list(await session.scalars(sa.select(StaffLook.person))) == [], "counted, and shown to nobody"
    service.clock.advance(timedelta(days=1, seconds=1))
    now = service.clock.now()
    await open_in(RECORD_SEEN[1], 0, 1)
    async with service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(StaffLook)) == 1, (
            "what counts no more is gone"
        )
