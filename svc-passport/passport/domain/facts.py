"""What a renewal is decided by: the holder as the registry knows them, what was prepared, what was paid, today's rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chassis.rulebook import RulesOnDay

UNKNOWN = "unknown"


class FeeState(StrEnum):
    """Where the fee of a case stands with the payment body."""

    NONE = "none"
    ASKED = "asked"
    DECLINED = "declined"
    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"


@dataclass(frozen=True)
class Holder:
    """The holder as the civil registry told it. Dates are Gregorian; `old_number` is the passport held now."""

    kind: str
    alive: bool
    inside_kingdom: bool
    born_on: date
    sex: str
    nationality: str
    name_ar: str
    given_en: str
    family_en: str
    biometrics: bool
    id_expires_on: date | None
    old_number: str | None
    old_expires_on: date | None

    @classmethod
    def told(cls, answer: Mapping[str, Any]) -> "Holder":
        """From the registry's answer as it was kept. Raises KeyError for an answer of another shape."""
        english, passport = answer["names"]["en"], answer.get("passport") or {}
        return cls(
            kind=answer["kind"],
            alive=answer["alive"],
            inside_kingdom=answer["inside_kingdom"],
            born_on=date.fromisoformat(answer["born_on"]),
            sex=answer["sex"],
            nationality=answer["nationality"],
            name_ar=" ".join(answer["names"]["ar"][part] for part in ("given", "father", "grandfather", "family")),
            given_en=" ".join(english[part] for part in ("given", "father", "grandfather")).upper(),
            family_en=english["family"].upper(),
            biometrics=answer["biometrics"],
            id_expires_on=_day(answer.get("id_expires_on")),
            old_number=passport.get("number"),
            old_expires_on=_day(passport.get("expires_on")),
        )

    def reviewed_part(self) -> dict[str, str | None]:
        """What the applicant is shown and confirms; kept with the case, and compared with the registry once more."""
        return {
            "name_ar": self.name_ar,
            "born_on": self.born_on.isoformat(),
            "sex": self.sex,
            "nationality": self.nationality,
            "old_number": self.old_number,
            "old_expires_on": self.old_expires_on.isoformat() if self.old_expires_on else None,
        }


@dataclass(frozen=True)
class RenewalFacts:
    """Everything a requirement of a renewal may ask. None where a body outside has not answered yet.

    `frozen_until` is of the account that acts, when it is frozen now.
    """

    rules: RulesOnDay
    holder: Holder | None = None
    holder_is_unknown: bool = False
    traffic_dues_minor: int | None = None
    addresses: tuple[str, ...] | None = None
    applied_for_by_head: bool = False
    another_is_open: bool = False
    validity_years: int | None = None
    pledges_accepted: frozenset[tuple[str, int]] = frozenset()
    has_photo: bool = False
    has_english_name: bool = False
    short_address: str | None = None
    reviewed: Mapping[str, Any] | None = None
    fee_state: FeeState = FeeState.NONE
    old_number: str | None = None
    presented_number: str | None = None
    print_trouble: str | None = None
    frozen_until: datetime | None = None


def holder_told(answer: Mapping[str, Any] | None) -> tuple[Holder | None, bool]:
    """The holder of a kept answer, and whether the registry knows nobody by the number."""
    if answer is None:
        return None, False
    if UNKNOWN in answer:
        return None, True
    return Holder.told(answer), False


def traffic_dues(answer: Mapping[str, Any] | None) -> int | None:
    """Minor units of unpaid traffic fines in a kept answer; None while it is being checked."""
    if answer is None:
        return None
    return sum(int(due["amount_minor"]) for due in answer.get("dues", ()) if due["kind"] == "traffic_violation")


def short_addresses(answer: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """The registered short addresses of a kept answer; None while it is being checked."""
    if answer is None:
        return None
    return tuple(each["short_address"] for each in answer.get("addresses", ()))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
