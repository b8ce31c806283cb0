"""Who belongs to whom, by the arithmetic of the number alone, so that it holds both ways for millions.

A number is kind (1 citizen, 2 resident), block (7 digits), place (1 digit), check digit. The ten numbers of a block are
neighbours: place 0 may be a head of household, place 1 the spouse, the next ones children; the rest are single people.
The residents of block b work for the citizen at place 0 of block b (domestic workers) or for the establishment of
block b (everybody else), so a sponsor's workers and a worker's sponsor follow from each other.
"""

from dataclasses import dataclass
from functools import lru_cache

from contracts.values import is_person_number, person_check_digit
from partners.simulators.draws import draw_between, is_drawn
from partners.simulators.magic import magic_of
from partners.simulators.population import population

CITIZEN, RESIDENT, VISITOR = "1", "2", "3"
_HEAD, _SPOUSE, _FIRST_CHILD, _PLACES = 0, 1, 2, 10
_BORDER_LENGTH = 10


def number_at(kind: str, block: int, place: int) -> str:
    """The valid number of this kind, block and place."""
    nine = f"{kind}{block:07d}{place}"
    return nine + person_check_digit(nine)


def block_of(number: str) -> int:
    return int(number[1:8])


def place_of(number: str) -> int:
    return int(number[8])


def is_border_number(number: str) -> bool:
    return len(number) == _BORDER_LENGTH and number.isascii() and number.isdigit() and number[0] == VISITOR


def is_known(number: str) -> bool:
    """Whether the registry knows a person of this number."""
    return (is_person_number(number) or is_border_number(number)) and magic_of(number).known


@dataclass(frozen=True)
class Household:
    """The family at places 0… of a block, and the domestic workers among the residents of that block."""

    kind: str
    block: int
    married: bool
    child_ages: tuple[int, ...]
    domestic_workers: int

    @property
    def head(self) -> str:
        return number_at(self.kind, self.block, _HEAD)

    @property
    def spouse(self) -> str | None:
        return number_at(self.kind, self.block, _SPOUSE) if self.married else None

    @property
    def children(self) -> tuple[str, ...]:
        return tuple(number_at(self.kind, self.block, _FIRST_CHILD + i) for i in range(len(self.child_ages)))

    @property
    def dependants(self) -> tuple[str, ...]:
        return ((self.spouse,) if self.spouse else ()) + self.children

    def age_of_child(self, number: str) -> int:
        return self.child_ages[place_of(number) - _FIRST_CHILD]


@lru_cache(maxsize=4096)
def household(kind: str, block: int) -> Household:
    """The family of a block; a block of domestic workers holds none."""
    head = number_at(kind, block, _HEAD)
    workers = domestic_workers(block)
    if kind == RESIDENT and workers:
        return Household(kind, block, married=False, child_ages=(), domestic_workers=workers)
    if planned := magic_of(head).household:
        return Household(kind, block, planned.married, planned.child_ages, workers)
    data = population()
    share = data.shares.married_citizen if kind == CITIZEN else data.shares.married_resident
    married = is_drawn(head, "married", share)
    return Household(kind, block, married, _child_ages(kind, head) if married else (), workers)


def head_age(head: str) -> int:
    """The head's age in whole years on the world's first day: old enough for every child."""
    data = population()
    oldest = max(household(head[0], block_of(head)).child_ages, default=0)
    return max(draw_between(head, "age", data.ranges.head_age), oldest + data.limits.oldest_child_gap)


def household_of(number: str) -> Household | None:
    """The family this person belongs to, as head or dependant; None for single people."""
    if number[0] == VISITOR:
        return None
    family = household(number[0], block_of(number))
    return family if number == family.head or number in family.dependants else None


def domestic_workers(block: int) -> int:
    """How many residents of a block are domestic workers of the citizen at place 0 of the same block."""
    head = number_at(CITIZEN, block, _HEAD)
    if planned := magic_of(head).household:
        return planned.workers
    data = population()
    if not is_drawn(head, "domestic", data.shares.domestic_block):
        return 0
    return draw_between(head, "domestic workers", data.ranges.domestic_workers)


def establishment_at(block: int) -> str:
    return f"7{block:07d}00"


def sponsor_of(number: str) -> str | None:
    """Who a resident worker works for; a dependant's sponsor is the head of their household."""
    if number[0] != RESIDENT:
        return None
    block, place = block_of(number), place_of(number)
    if place < domestic_workers(block):
        return number_at(CITIZEN, block, _HEAD)
    family = household_of(number)
    if family and number != family.head:
        return family.head
    return establishment_at(block)


def workers_of(sponsor: str) -> tuple[str, ...]:
    """The workers of a citizen or of an establishment."""
    block = int(sponsor[1:8])
    domestic = domestic_workers(block)
    if sponsor == number_at(CITIZEN, block, _HEAD):
        return tuple(number_at(RESIDENT, block, place) for place in range(domestic))
    if sponsor != establishment_at(block):
        return ()
    family = household(RESIDENT, block)
    others = (number_at(RESIDENT, block, place) for place in range(domestic, _PLACES))
    return tuple(number for number in others if number not in family.dependants)


def _child_ages(kind: str, head: str) -> tuple[int, ...]:
    ranges = population().ranges
    count = draw_between(head, "children", ranges.children)
    bounds = ranges.citizen_child_age if kind == CITIZEN else ranges.resident_child_age
    return tuple(sorted((draw_between(head, f"child {i}", bounds) for i in range(count)), reverse=True))
