"""People computed from their number: the same facts for the same number in the same world, and nothing stored.

A world begins on a day (a row of the simulators' database), so that documents near their expiry stay near it relative
to the day somebody started, and expire when the clock is moved.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from chassis.calendar import add_years
from partners.registry import Kind, Marital, Name, Names, Sex, Text, TravelDocument
from partners.simulators.draws import digits, draw, draw_between, pick
from partners.simulators.households import (
    CITIZEN,
    RESIDENT,
    VISITOR,
    Household,
    block_of,
    domestic_workers,
    head_age,
    household_of,
    is_known,
    place_of,
    sponsor_of,
    workers_of,
)
from partners.simulators.magic import Magic, magic_of
from partners.simulators.population import Bounds, Pair, People, population
from partners.simulators.visitors import passport_number_of

_KINDS: dict[str, Kind] = {CITIZEN: "citizen", RESIDENT: "resident", VISITOR: "visitor"}
_DAYS_IN_YEAR = 365


@dataclass(frozen=True)
class ComputedPerson:
    """One person of the world that began on `began_on`."""

    number: str
    began_on: date

    @cached_property
    def magic(self) -> Magic:
        return magic_of(self.number)

    @property
    def kind(self) -> Kind:
        return _KINDS[self.number[0]]

    @cached_property
    def family(self) -> Household | None:
        return household_of(self.number)

    @cached_property
    def is_head(self) -> bool:
        return self.family is not None and self.number == self.family.head

    @cached_property
    def is_domestic(self) -> bool:
        return self.number[0] == RESIDENT and place_of(self.number) < domestic_workers(block_of(self.number))

    @cached_property
    def household_head(self) -> str | None:
        return None if self.family is None or self.is_head else self.family.head

    @property
    def dependants(self) -> tuple[str, ...]:
        return self.family.dependants if self.family and self.is_head else ()

    @cached_property
    def sponsor(self) -> str | None:
        return sponsor_of(self.number)

    @property
    def workers(self) -> tuple[str, ...]:
        return workers_of(self.number) if self.number[0] == CITIZEN else ()

    @cached_property
    def sex(self) -> Sex:
        if self.family and self.is_head:
            return "male"
        if self.family and self.number == self.family.spouse:
            return "female"
        return pick(self.number, "sex", ("male", "female"))

    @cached_property
    def age(self) -> int:
        """Whole years on the world's first day."""
        ranges = population().ranges
        family = self.family
        if family is None:
            return draw_between(self.number, "age", ranges.single_age if self.kind == "citizen" else ranges.worker_age)
        if self.is_head:
            return head_age(self.number)
        if self.number == family.spouse:
            return max(
                head_age(family.head) - draw_between(self.number, "younger", ranges.spouse_younger_years),
                max(family.child_ages, default=0) + population().limits.youngest_parent,
            )
        return family.age_of_child(self.number)

    @property
    def born_on(self) -> date:
        birthday = add_years(self.began_on, -self.age, "gregorian")
        return birthday - timedelta(days=draw(self.number, "birthday", _DAYS_IN_YEAR))

    @property
    def marital(self) -> Marital:
        married = (
            self.family is not None and self.family.married and self.number in (self.family.head, self.family.spouse)
        )
        return "married" if married else "single"

    @cached_property
    def nation(self) -> People:
        data = population()
        if self.number[0] == CITIZEN:
            return data.citizen
        # A family shares its nation, and so does everybody else by their own number.
        return pick(self.family.head if self.family else self.number, "nation", data.resident)

    @cached_property
    def names(self) -> Names:
        family = self.family
        line = (self.father, self.grandfather, self.surname)
        if family and self.number in family.children:
            head = ComputedPerson(family.head, self.began_on)
            line = (head.given, head.father, head.surname)
        parts = (self.given, *line)
        return Names(ar=_name([ar for ar, _ in parts]), en=_name([en for _, en in parts]))

    @cached_property
    def given(self) -> Pair:
        return pick(self.number, "given", self.nation.male if self.sex == "male" else self.nation.female)

    @cached_property
    def father(self) -> Pair:
        return pick(self.number, "father", self.nation.male)

    @cached_property
    def grandfather(self) -> Pair:
        return pick(self.number, "grandfather", self.nation.male)

    @cached_property
    def surname(self) -> Pair:
        return pick(self.number, "family", self.nation.family)

    @property
    def has_biometrics(self) -> bool:
        planned = self.magic.biometrics
        return self.age >= population().limits.biometrics_from_age if planned is None else planned

    @property
    def id_expires_on(self) -> date | None:
        limits, ranges = population().limits, population().ranges
        if self.kind != "citizen" or self.age < limits.id_from_age:
            return None
        return self._in_days("id", self.magic.id_days, ranges.id_days)

    @property
    def passport(self) -> TravelDocument | None:
        if self.kind != "citizen":
            return None
        expires_on = self._in_days("passport", self.magic.passport_days, population().ranges.passport_days)
        letter = pick(self.number, "passport letter", population().letters.old_passport)
        return self._document(letter + digits(self.number, "passport number", 8), expires_on)

    @property
    def foreign_passport(self) -> TravelDocument | None:
        if self.kind == "citizen":
            return None
        planned, bounds = self.magic.foreign_passport_days, population().ranges.foreign_passport_days
        if self.kind == "visitor":
            return self._document(passport_number_of(self.number), self._in_days("foreign", planned, bounds))
        letters = pick(self.number, "foreign letter", "ABCEFGP") + pick(self.number, "second letter", "BCDFHK")
        return self._document(
            letters + digits(self.number, "foreign number", 7), self._in_days("foreign", planned, bounds)
        )

    @property
    def iqama_expires_on(self) -> date | None:
        if self.kind != "resident":
            return None
        return self._in_days("iqama", self.magic.iqama_days, population().ranges.iqama_days)

    @property
    def visa_expires_on(self) -> date | None:
        if self.kind != "visitor":
            return None
        return self._in_days("visa", None, population().ranges.visitor_stay_days)

    @property
    def profession(self) -> Text | None:
        if self.kind != "resident" or self.household_head:
            return None
        data = population().professions
        ar, en = pick(self.number, "profession", data.domestic if self.is_domestic else data.establishment)
        return Text(ar=ar, en=en)

    def _in_days(self, field: str, planned: int | None, bounds: Bounds) -> date:
        days = planned if planned is not None else draw_between(self.number, f"{field} days", bounds)
        return self.began_on + timedelta(days=days)

    def _document(self, number: str, expires_on: date) -> TravelDocument:
        issued_on = add_years(expires_on, -population().limits.passport_years, "gregorian")
        return TravelDocument(
            number=number, expires_on=expires_on, issued_on=issued_on, country=self.nation.nationality
        )


def person_of(number: str, began_on: date) -> ComputedPerson | None:
    """The person of a number, or None where the registry knows nobody."""
    return ComputedPerson(number, began_on) if is_known(number) else None


def _name(parts: list[str]) -> Name:
    given, father, grandfather, family = parts
    return Name(given=given, father=father, grandfather=grandfather, family=family)
