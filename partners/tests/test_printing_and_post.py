"""Documents and envelopes: numbers that belong to one reference, zones that are checked, labels, searches."""

import asyncio
from datetime import date

import pytest

from contracts.values import is_s10
from partners.body import Refused, Unreachable
from partners.printing import DocumentFacts, PrintOrder
from partners.simulators.mrz_check import faults_of
from partners.testing import ORDINARY, Bodies, magic

# Published and made vectors of ICAO Doc 9303 lines; the last one is a public sample with wrong check digits.
GOOD = [
    ("L898902C3", "740812", "120415", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    ("XS1234567", "790220", "110101", "XS12345673JPN7902206F1101018<<<<<<<<<<<<<<00"),
    ("A12345678", "850115", "300114", "A123456784SAU8501156M30011451101798278<<<<20"),
    ("A12345678", "850115", "300114", "A123456784SAU8501156M3001145<<<<<<<<<<<<<<06"),
]
FIRST_LINE = "P<SAUALSAIKHAN<<KHALID<<<<<<<<<<<<<<<<<<<<<<"


def check(field: str) -> str:
    values = [0 if c == "<" else int(c) if c.isdigit() else ord(c) - 55 for c in field]
    return str(sum(value * (7, 3, 1)[i % 3] for i, value in enumerate(values)) % 10)


def facts(number: str, person: str = ORDINARY, spoil: int | None = None) -> DocumentFacts:
    """Facts of a document with a right zone, or with one digit of its second line changed."""
    head = number.ljust(9, "<")
    birth, expiry, optional = "850115", "311122", "<" * 14
    second = f"{head}{check(head)}SAU{birth}{check(birth)}M{expiry}{check(expiry)}{optional}<"
    second += check(second[0:10] + second[13:20] + second[21:43])
    if spoil is not None:
        changed = "1" if second[spoil] != "1" else "2"
        second = second[:spoil] + changed + second[spoil + 1 :]
    return DocumentFacts(
        person=person,
        name_ar="خالد الصيخان",
        name_en="KHALID ALSAIKHAN",
        nationality="SAU",
        sex="male",
        born_on=date(1985, 1, 15),
        issued_on=date(2026, 11, 22),
        expires_on=date(2031, 11, 22),
        mrz_lines=(FIRST_LINE, second),
    )


@pytest.mark.parametrize(("number", "birth", "expiry", "line"), GOOD)
def test_published_zones_pass_and_every_single_wrong_digit_is_found(number: str, birth: str, expiry: str, line: str):
    assert faults_of((FIRST_LINE, line), number, birth, expiry) == []
    for place in [*range(10), *range(13, 20), *range(21, 28), 43]:
        wrong = line[:place] + ("A" if line[place] != "A" else "B") + line[place + 1 :]
        assert faults_of((FIRST_LINE, wrong), number, birth, expiry), f"place {place} of {line}"


def test_a_public_sample_with_wrong_digits_is_refused():
    assert faults_of((FIRST_LINE, "RD69703794DOM9205241M3006226" + "<" * 14 + "02"), "RD6970379", "920524", "300622")


async def printed(bodies: Bodies, reference: str, person: str = ORDINARY) -> PrintOrder:
    number = (await bodies.printing.reserve_number(reference, "passport")).number
    return await bodies.printing.order(reference, "passport", number, facts(number, person))


async def test_a_number_belongs_to_its_reference_for_ever(bodies: Bodies):
    first = await bodies.printing.reserve_number("reference-1", "passport")
    again = await bodies.printing.reserve_number("reference-1", "passport")
    assert first.number == again.number
    assert again.replayed
    assert len(first.number) == 9
    assert first.number[0].isalpha()
    assert first.number[1:].isdigit()
    many = await asyncio.gather(*[bodies.printing.reserve_number(f"reference-x{i % 5}", "passport") for i in range(25)])
    assert len({answer.number for answer in many}) == 5
    with pytest.raises(Refused, match="reference-reused"):
        await bodies.printing.reserve_number("reference-1", "iqama_card")


async def test_a_document_is_printed_when_it_is_ready(open_bodies):
    bodies: Bodies = await open_bodies(print_seconds=3600)
    order = await printed(bodies, "reference-1")
    assert order.state == "queued"
    await bodies.control("clock", advance_seconds=3601)
    found = (await bodies.printing.status("reference-1")).order
    assert found
    assert (found.state, found.number) == ("printed", order.number)
    assert (await bodies.printing.status("reference-2")).order is None


async def test_a_zone_with_a_wrong_digit_is_not_printed(bodies: Bodies):
    number = (await bodies.printing.reserve_number("reference-1", "passport")).number
    with pytest.raises(Refused) as no:
        await bodies.printing.order("reference-1", "passport", number, facts(number, spoil=43))
    assert (no.value.slug, no.value.details) == ("mrz-not-valid", {"wrong": ["composite_check_digit"]})
    assert (await bodies.printing.status("reference-1")).order is None


async def test_somebody_elses_number_is_not_printed(bodies: Bodies):
    number = (await bodies.printing.reserve_number("reference-1", "passport")).number
    await bodies.printing.reserve_number("reference-2", "passport")
    with pytest.raises(Refused, match="number-not-allotted"):
        await bodies.printing.order("reference-2", "passport", number, facts(number))


async def test_an_order_sent_twice_is_one_order_and_another_body_is_refused(bodies: Bodies):
    first = await printed(bodies, "reference-1")
    assert (await printed(bodies, "reference-1")).replayed
    changed = facts(first.number).model_copy(update={"name_en": "SOMEBODY ELSE"})
    with pytest.raises(Refused, match="reference-reused"):
        await bodies.printing.order("reference-1", "passport", first.number, changed)


async def test_the_first_print_is_spoiled_and_the_second_is_good(bodies: Bodies):
    person = magic("916")
    assert (await printed(bodies, "reference-1", person)).state == "spoiled"
    again = await printed(bodies, "reference-2", person)
    assert again.state == "printed"


async def test_a_print_order_whose_answer_is_lost_is_found_by_its_reference(bodies: Bodies):
    with pytest.raises(Unreachable):
        await printed(bodies, "reference-1", magic("925"))
    assert (await bodies.printing.status("reference-1")).order


async def envelope(bodies: Bodies, reference: str, person: str = ORDINARY):
    address = (await bodies.post.addresses(ORDINARY)).addresses[0]
    return await bodies.post.order(
        reference, person=person, recipient="KHALID", short_address=address.short_address, mobile="+966501234567"
    )


async def test_addresses_are_registered_resolved_and_shared_by_a_household(bodies: Bodies):
    head = magic("900")
    addresses = (await bodies.post.addresses(head)).addresses
    assert addresses
    for address in addresses:
        assert address.short_address[4:] == address.building
        assert (await bodies.post.address(address.short_address)).address == address
    child = (await bodies.registry.person(head)).dependants[1]
    assert (await bodies.post.addresses(child)).addresses == addresses
    assert (await bodies.post.addresses(magic("919"))).addresses == ()
    assert (await bodies.post.address("ZZZZ0000")).address is None


async def test_an_order_gets_its_own_label(bodies: Bodies):
    first, second = await envelope(bodies, "reference-1"), await envelope(bodies, "reference-2")
    assert is_s10(first.s10)
    assert first.s10.endswith("SA")
    assert first.s10 != second.s10
    again = await envelope(bodies, "reference-1")
    assert again.replayed
    assert again.s10 == first.s10
    with pytest.raises(Refused, match="reference-reused"):
        await envelope(bodies, "reference-1", magic("002"))
    with pytest.raises(Refused, match="address-unknown"):
        await bodies.post.order(
            "reference-3", person=ORDINARY, recipient="KHALID", short_address="ZZZZ0000", mobile="+966501234567"
        )


async def test_a_post_order_whose_answer_is_lost_is_found_by_its_reference(bodies: Bodies):
    with pytest.raises(Unreachable):
        await envelope(bodies, "reference-1", magic("926"))
    found = (await bodies.post.find_order("reference-1")).order
    assert found
    assert (await envelope(bodies, "reference-1", magic("926"))).s10 == found.s10
    assert (await bodies.post.find_order("reference-9")).order is None


async def test_an_order_is_cancelled_until_it_is_under_way(bodies: Bodies):
    await envelope(bodies, "reference-1")
    assert (await bodies.post.cancel("reference-1")).cancelled
    assert (await bodies.post.cancel("reference-1")).replayed
    other = await envelope(bodies, "reference-2")
    await bodies.control(f"post/{other.s10}/scan", kind="in_transit")
    with pytest.raises(Refused, match="already-under-way"):
        await bodies.post.cancel("reference-2")
    with pytest.raises(Refused, match="order-unknown"):
        await bodies.post.cancel("reference-9")


@pytest.mark.parametrize(("code", "outcome"), [("001", "found"), ("918", "lost")])
async def test_an_investigation_ends_as_the_number_says(open_bodies, code: str, outcome: str):
    bodies: Bodies = await open_bodies(investigation_seconds=600)
    item = await envelope(bodies, "reference-1", magic(code))
    assert (await bodies.post.investigate(item.s10)).outcome == "open"
    await bodies.control("clock", advance_seconds=601)
    assert (await bodies.post.investigate(item.s10)).outcome == outcome


async def test_an_item_scanned_as_lost_is_found_to_be_lost(bodies: Bodies):
    item = await envelope(bodies, "reference-1")
    await bodies.control(f"post/{item.s10}/scan", kind="lost")
    assert (await bodies.post.investigate(item.s10)).outcome == "lost"
    with pytest.raises(Refused, match="order-unknown"):
        await bodies.post.investigate("RR000000005SA")
