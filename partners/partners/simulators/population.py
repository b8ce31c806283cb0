"""The data that people are drawn from: shares, ranges and names of `data/people.toml`, read once and checked."""

import tomllib
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

Pair = tuple[str, str]  # Arabic, English
Bounds = tuple[int, int]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shares(_Part):
    married_citizen: int
    married_resident: int
    domestic_block: int


class Ranges(_Part):
    head_age: Bounds
    spouse_younger_years: Bounds
    single_age: Bounds
    worker_age: Bounds
    citizen_child_age: Bounds
    resident_child_age: Bounds
    children: Bounds
    domestic_workers: Bounds
    id_days: Bounds
    passport_days: Bounds
    foreign_passport_days: Bounds
    iqama_days: Bounds
    policy_days: Bounds
    permit_days: Bounds
    medical_age_days: Bounds
    address_count: Bounds
    visitor_stay_days: Bounds
    due_age_days: Bounds


class Limits(_Part):
    biometrics_from_age: int
    oldest_child_gap: int
    id_from_age: int
    passport_years: int
    policy_years: int
    youngest_parent: int


class People(_Part):
    """One nation's names."""

    nationality: str
    male: tuple[Pair, ...]
    female: tuple[Pair, ...]
    family: tuple[Pair, ...]


class Professions(_Part):
    domestic: tuple[Pair, ...]
    establishment: tuple[Pair, ...]


class Region(_Part):
    letter: str
    postcode: str
    city: Pair
    districts: tuple[Pair, ...]


class Named(_Part):
    names: tuple[Pair, ...]


class Letters(_Part):
    old_passport: str


class Levy(_Part):
    month_minor: int


class Population(_Part):
    shares: Shares
    ranges: Ranges
    limits: Limits
    citizen: People
    resident: tuple[People, ...]
    professions: Professions
    letters: Letters
    insurers: Named
    levy: Levy
    region: tuple[Region, ...]
    streets: Named


@cache
def population() -> Population:
    """The data, validated; an error here is an error in the file and stops the start."""
    text = resources.files("partners.simulators").joinpath("data/people.toml").read_text(encoding="utf-8")
    return Population.model_validate(tomllib.loads(text))
