"""What cases are decided by: people as the registry knows them, what they owe, where they are, and today's rules.

Each `told` reads a kept answer of the body; None stands for an answer that is not there yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chassis.rulebook import RulesOnDay
from contracts.values import kind_of

UNKNOWN = "unknown"
Answer = Mapping[str, Any]


class FeeState(StrEnum):
    """Where the fee of a case stands with the payment body."""

    NONE = "none"
    ASKED = "asked"
    DECLINED = "declined"
    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"


class Category(StrEnum):
    """Whose iqama it is: fees, windows and durations differ."""

    COMMERCIAL = "commercial"
    DOMESTIC = "domestic"
    DEPENDANT = "dependant"


@dataclass(frozen=True)
class Record:
    """A person as the civil registry told of them. Dates are Gregorian. `is_known` is false for a number nobody has."""

    is_known: bool
    kind: str = ""
    alive: bool = False
    born_on: date = date.min
    sex: str = ""
    marital: str = ""
    absent: bool = False
    biometrics: bool = False
    passport_expires_on: date | None = None
    iqama_expires_on: date | None = None
    household_head: str | None = None
    sponsor: str | None = None
    profession: Mapping[str, str] | None = None

    @classmethod
    def told(cls, answer: Answer | None) -> "Record | None":
        """From the registry's answer as it was kept. Raises KeyError for an answer of another shape."""
        if answer is None:
            return None
        if UNKNOWN in answer:
            return cls(is_known=False)
        return cls(
            is_known=True,
            kind=answer["kind"],
            alive=answer["alive"],
            born_on=date.fromisoformat(answer["born_on"]),
            sex=answer["sex"],
            marital=answer["marital"],
            absent=answer["absent_from_work"],
            biometrics=answer["biometrics"],
            passport_expires_on=_day((answer.get("foreign_passport") or {}).get("expires_on")),
            iqama_expires_on=_day(answer.get("iqama_expires_on")),
            household_head=answer.get("household_head"),
            sponsor=answer.get("sponsor"),
            profession=answer.get("profession"),
        )

    @property
    def category(self) -> Category:
        """By who answers for them: a head of household, a citizen, or an establishment."""
        if self.household_head is not None:
            return Category.DEPENDANT
        return Category.DOMESTIC if _is_citizen(self.sponsor) else Category.COMMERCIAL

    @property
    def is_child_on_a_record(self) -> bool:
        """Somebody on a head's record who is not the spouse."""
        return self.category is Category.DEPENDANT and self.marital != "married"


@dataclass(frozen=True)
class Owed:
    """What a person owes, in minor units: traffic fines, and fines for visas that were neither used nor cancelled."""

    traffic_minor: int
    visas_minor: int

    @classmethod
    def told(cls, answer: Answer | None) -> "Owed | None":
        """From the dues body's answer as it was kept."""
        if answer is None:
            return None
        dues = answer.get("dues", ())
        return cls(_sum(dues, "traffic_violation"), _sum(dues, "visa_fine"))


@dataclass(frozen=True)
class Whereabouts:
    """Whether somebody is inside the Kingdom, and when they last left it."""

    inside: bool
    left_at: datetime | None

    @classmethod
    def told(cls, answer: Answer | None) -> "Whereabouts | None":
        """From the ports' answer as it was kept."""
        if answer is None:
            return None
        last = answer.get("last_exit") or {}
        left_at = datetime.fromisoformat(last["moved_at"]) if last else None
        return cls(bool(answer.get("inside_kingdom", False)), left_at)


@dataclass(frozen=True)
class Cover:
    """A document that runs to a day: an insurance policy or a work permit. `needed` is false where none is asked for."""

    expires_on: date | None
    needed: bool = True

    @classmethod
    def policy_told(cls, answer: Answer | None) -> "Cover | None":
        """From the insurance council's answer as it was kept."""
        if answer is None:
            return None
        return cls(_day((answer.get("policy") or {}).get("expires_on")))

    @classmethod
    def permit_told(cls, answer: Answer | None) -> "Cover | None":
        """From the labour ministry's answer as it was kept."""
        if answer is None:
            return None
        return cls(_day((answer.get("permit") or {}).get("expires_on")), bool(answer.get("required", True)))


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What both kinds of case ask. `person` is the holder; `fee_state` where the case's fee stands."""

    rules: RulesOnDay
    person: Record | None = None
    owed: Owed | None = None
    whereabouts: Whereabouts | None = None
    fee_state: FeeState = FeeState.NONE


def _is_citizen(number: str | None) -> bool:
    try:
        return number is not None and kind_of(number) == "citizen"
    except ValueError:
        return False  # an establishment's number is no person's


def _sum(dues: Any, kind: str) -> int:
    return sum(due["amount_minor"] for due in dues if due["kind"] == kind)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
