"""The registry over its wire, and people who are consistent both ways."""

import random
from datetime import date

import pytest

from chassis.calendar import age_on
from contracts.values import is_person_number
from partners.body import Refused
from partners.simulators.households import RESIDENT, establishment_at, number_at, workers_of
from partners.simulators.people import ComputedPerson, person_of
from partners.simulators.visitors import border_number_of, passport_number_of
from partners.testing import ORDINARY, Bodies, magic

TODAY = date(2026, 11, 22)


def people(count: int, seed: int) -> list[ComputedPerson]:
    draw = random.Random(seed)
    numbers = (number_at(draw.choice("12"), draw.randrange(10**7), draw.randrange(10)) for _ in range(count))
    return [person for number in numbers if (person := person_of(number, TODAY))]


def other(number: str) -> ComputedPerson:
    person = person_of(number, TODAY)
    assert person is not None, f"{number} is named by somebody but does not exist"
    return person


def test_a_thousand_people_are_consistent_with_their_families_sponsors_and_workers():
    crowd = people(1100, seed=7)
    assert len(crowd) > 1000
    heads = dependants = workers = 0
    for person in crowd:
        assert is_person_number(person.number)
        if person.household_head:
            dependants += 1
            assert person.number in other(person.household_head).dependants
            assert other(person.household_head).household_head is None
            assert person.names.ar.family == other(person.household_head).names.ar.family or person.marital == "married"
        for number in person.dependants:
            heads += 1
            assert other(number).household_head == person.number
            assert other(number).kind == person.kind
        for number in person.workers:
            workers += 1
            assert other(number).sponsor == person.number
        if person.kind == "resident":
            assert person.sponsor is not None
            sponsored = other(person.sponsor).workers if person.sponsor[0] == "1" else None
            if person.sponsor[0] == "7":
                sponsored = workers_of(person.sponsor)
            if person.sponsor[0] == "2":
                sponsored = other(person.sponsor).dependants
            assert person.number in sponsored
    assert heads > 100
    assert dependants > 100
    assert workers > 20


def test_parents_are_older_than_their_children_and_passports_belong_to_citizens():
    for person in people(600, seed=8):
        for number in person.dependants:
            child = other(number)
            if child.marital == "single":
                years = (child.born_on - person.born_on).days / 365.25
                assert years > 19, f"{person.number} is {years} years older than {number}"
        assert (person.passport is None) == (person.kind == "resident")
        assert (person.iqama_expires_on is None) == (person.kind == "citizen")


def test_the_same_number_is_the_same_person_and_everybody_is_somebody_else():
    once, again = people(300, seed=9), people(300, seed=9)
    assert [p.names.en.full + str(p.born_on) for p in once] == [p.names.en.full + str(p.born_on) for p in again]
    assert len({p.names.en.full + str(p.born_on) for p in once}) > 290


async def test_a_person_comes_over_the_wire_with_reference_and_time(bodies: Bodies):
    person = await bodies.registry.person(magic("900"))
    assert person.kind == "citizen"
    assert person.names.ar.given
    assert person.names.en.full.isupper()
    assert person.alive
    assert person.inside_kingdom
    assert person.reference.startswith("NDC-")
    assert abs((person.answered_at - bodies.clock.now()).total_seconds()) < 5
    assert len(person.dependants) == 4
    assert len(person.workers) == 2
    assert person.passport
    assert 80 < (person.passport.expires_on - bodies.clock.today()).days < 100


async def test_dependants_and_workers_name_their_head_and_sponsor(bodies: Bodies):
    head = await bodies.registry.person(magic("900"))
    for number in head.dependants:
        assert (await bodies.registry.person(number)).household_head == head.number
    worker = await bodies.registry.person(head.workers[0])
    assert worker.sponsor == head.number
    assert worker.kind == "resident"
    assert worker.profession
    assert worker.foreign_passport
    children = [await bodies.registry.person(number) for number in head.dependants[1:]]
    ages = [age_on(child.born_on, bodies.clock.today(), "gregorian") for child in children]
    assert ages == [16, 10, 4]


@pytest.mark.parametrize("number", ["1234567890", "1058529941", "abc", "", "4000000000", magic("923")])
async def test_a_number_nobody_has_is_refused(bodies: Bodies, number: str):
    with pytest.raises(Refused) as refused:
        await bodies.registry.person(number)
    assert refused.value.slug == "person-unknown"
    assert number == "" or number not in str(refused.value)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("901", lambda p, today: not p.alive),
        ("902", lambda p, today: not p.inside_kingdom),
        ("904", lambda p, today: p.passport.expires_on < today),
        ("909", lambda p, today: not p.biometrics),
        ("910", lambda p, today: p.id_expires_on < today),
        ("922", lambda p, today: p.absent_from_work),
    ],
)
async def test_magic_numbers_show_their_state(bodies: Bodies, code: str, what):
    assert what(await bodies.registry.person(magic(code)), bodies.clock.today())


async def test_the_worker_of_the_blocked_household_has_a_fine_and_an_expired_passport(bodies: Bodies):
    sponsor = await bodies.registry.person(magic("905"))
    worker = await bodies.registry.person(sponsor.workers[0])
    assert worker.foreign_passport.expires_on < bodies.clock.today()
    assert (await bodies.dues.dues(worker.number)).total_minor > 0
    assert worker.iqama_expires_on > bodies.clock.today()


async def test_a_visitor_is_known_by_border_number(bodies: Bodies):
    visitor = await bodies.registry.person("3000123450")
    assert visitor.kind == "visitor"
    assert visitor.visa_expires_on > bodies.clock.today()
    assert visitor.foreign_passport
    assert visitor.sponsor is None


async def test_a_visitor_is_found_by_passport_nationality_and_birth_date_together(bodies: Bodies):
    visitor = await bodies.registry.person("3000123450")
    passport = visitor.foreign_passport.number
    found = await bodies.registry.visitor(passport, visitor.nationality, visitor.born_on)
    assert found.number == "3000123450"
    wrong = ("ZZZ", visitor.born_on), (visitor.nationality, date(1990, 1, 1))
    for nationality, born_on in wrong:
        with pytest.raises(Refused, match="person-unknown"):
            await bodies.registry.visitor(passport, nationality, born_on)
    with pytest.raises(Refused, match="person-unknown"):
        await bodies.registry.visitor("X1", visitor.nationality, visitor.born_on)


def test_border_numbers_and_passports_of_visitors_go_both_ways():
    draw = random.Random(11)
    for number in {f"3{draw.randrange(10**9):09d}" for _ in range(500)}:
        passport = passport_number_of(number)
        assert len(passport) == 9
        assert border_number_of(passport) == number


async def test_a_mobile_is_theirs_or_not(bodies: Bodies):
    assert (await bodies.registry.mobile_matches(ORDINARY, "+966501234567")).matches
    assert not (await bodies.registry.mobile_matches(magic("924"), "+966501234567")).matches


async def test_documents_expire_when_the_clock_is_moved(bodies: Bodies):
    before = await bodies.registry.person(magic("900"))
    await bodies.control("clock", advance_seconds=100 * 86_400)
    after = await bodies.registry.person(magic("900"))
    assert before.passport == after.passport
    assert after.passport.expires_on < bodies.clock.today()


def test_an_establishment_has_the_workers_who_name_it():
    number = number_at(RESIDENT, 4242, 9)
    sponsor = other(number).sponsor
    assert sponsor == establishment_at(4242)
    assert number in workers_of(sponsor)
