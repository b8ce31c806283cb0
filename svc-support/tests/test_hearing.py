"""What other services tell: blocked acts before and after their ticket, and how mobiles end."""

import uuid

import sqlalchemy as sa

from contracts.events import IqamaRenewalBlocked
from support.models import BlockedAct, Contact


async def test_a_ticket_is_accepted_before_its_case_is_known_and_verified_when_it_is(house):
    case = uuid.uuid4()
    ticket = await house.open(case_id=str(case), category="administrative_block")
    assert (ticket["case_is_verified"], ticket["missing"], ticket["case_reference"]) == (False, [], None)
    await house.block(case)
    shown = (await house.get(f"/v1/tickets/{ticket['id']}", by=house.person())).json()
    assert (shown["case_is_verified"], shown["missing"]) == (True, ["fines_are_paid", "passport_is_valid"])
    assert shown["case_reference"] == "IQR-7K3M-Q9RT-2XWA"


async def test_who_is_renewed_may_ask_as_well_as_who_applied(house):
    case = uuid.uuid4()
    await house.block(case)
    ticket = await house.open(by="2000190018", case_id=str(case))
    assert ticket["case_is_verified"]


async def test_a_strangers_case_is_answered_like_one_that_is_not_known(house):
    case = uuid.uuid4()
    early = await house.open(by="1000190015", case_id=str(case))
    await house.block(case)
    late = await house.open(by="1000190015", case_id=str(case))
    unknown = await house.open(by="1000190015", case_id=str(uuid.uuid4()))
    for each in (early, late, unknown):
        shown = (await house.get(f"/v1/tickets/{each['id']}", by=house.person("1000190015"))).json()
        told = (shown["case_is_verified"], shown["missing"], shown["case_reference"])
        assert told == (False, [], None)


async def test_what_blocks_is_told_anew_and_old_news_are_dropped(house):
    case = uuid.uuid4()
    await house.block(case)
    await house.block(case, missing=["passport_is_valid"])
    assert await house.scalar(sa.select(BlockedAct.missing)) == ["passport_is_valid"]
    event = IqamaRenewalBlocked(
        renewal_id=case, reference="IQR-OLD", person="2000190018", applicant="1000190007", missing=["fines_are_paid"]
    )
    house.versions[event.aggregate] = 0
    await house.hear(event)
    assert await house.scalar(sa.select(BlockedAct.missing)) == ["passport_is_valid"]


async def test_a_closed_ticket_learns_nothing_more(house):
    case = uuid.uuid4()
    ticket = await house.open(case_id=str(case))
    await house.did(ticket, "take", "reject")
    await house.block(case)
    assert not (await house.row(ticket)).case_is_verified
    assert await house.rows(sa.text("select state from inbox where type like '%blocked%'")) == ["applied"]


async def test_a_new_mobile_tracks_open_tickets_and_the_old_one_no_more(house):
    ticket = await house.open()
    await house.know(mobile="+966509998877")
    assert (await house.track(ticket["reference"], "4567")).status_code == 404
    assert (await house.track(ticket["reference"], "8877")).status_code == 200


async def test_a_ticket_from_before_the_mobile_was_known_is_tracked_after(house):
    ticket = await house.open(by="1000190015")
    assert (await house.track(ticket["reference"], "1122")).status_code == 404
    await house.know("1000190015", "+966500001122")
    assert (await house.track(ticket["reference"], "1122")).status_code == 200


async def test_a_mobile_lies_encrypted_and_only_by_its_end(house):
    assert await house.scalar(sa.select(Contact.mobile_end)) == "4567"
    [stored] = await house.rows(sa.text("select mobile_end from contacts"))
    assert "4567" not in stored.split(":")[0]
    assert len(stored) > 20
