"""What comes in and goes out through the API. Dates are Gregorian with a computed `hijri` beside them."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from chassis.http.problems import RequirementView
from chassis.http.views import DayView, InstantView, StateView, Words
from contracts.values import PersonNumber, fold_digits
from residency.domain.stay import Trips

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _day_as_written(value: Any) -> date:
    """A Gregorian day, year first; Arabic-Indic digits are folded, anything else but that form is refused."""
    text = fold_digits(value).strip() if isinstance(value, str) else ""
    try:
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise PydanticCustomError("day-not-gregorian", "day-not-gregorian")


Day = Annotated[date, BeforeValidator(_day_as_written)]
Months = Annotated[int, Field(ge=1, le=120, strict=True)]
Days = Annotated[int, Field(ge=1, le=3660, strict=True)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _StayAsked(_In):
    """How long: so many months or days from the day of travel, or a day to be back by."""

    months: Months | None = None
    days: Days | None = None
    return_by: Day | None = None

    def _given(self) -> int:
        return sum(part is not None for part in (self.months, self.days, self.return_by))


class VisaQuestion(_StayAsked):
    """May this worker or dependant have a visa? The shortest single one is asked about where no stay is named."""

    person: PersonNumber
    trips: Trips = Trips.SINGLE

    @model_validator(mode="after")
    def _one_stay_at_most(self) -> Self:
        if self._given() > 1:
            raise PydanticCustomError("stay-not-clear", "stay-not-clear")
        return self


class NewExitReentryVisa(_StayAsked):
    """A visa to request: exactly one of months, days and return_by."""

    person: PersonNumber
    trips: Trips

    @model_validator(mode="after")
    def _exactly_one_stay(self) -> Self:
        if self._given() != 1:
            raise PydanticCustomError("stay-not-clear", "stay-not-clear")
        return self


class RenewalQuestion(_In):
    """May this iqama be renewed for so many months?"""

    person: PersonNumber
    period_months: Months


class NewIqamaRenewal(RenewalQuestion):
    """A renewal to open."""


class FeeItemView(BaseModel):
    """One line of the bill, by which rule and since when that rule holds."""

    what: str
    amount_minor: int
    rule: str
    rule_from: str
    texts: Words


class FeeView(BaseModel):
    """The fee of a case in minor units of SAR, to whose number it is deposited, and where it stands."""

    amount_minor: int
    currency: Literal["SAR"] = "SAR"
    items: list[FeeItemView]
    service_code: str
    deposit_to: str
    state: str
    refundable: bool
    reason: str | None = None
    reason_texts: Words | None = None


class ActionView(BaseModel):
    """Something the reader could do now, with every requirement in the way."""

    action: str
    possible: bool
    in_the_way: list[RequirementView]


class MoveView(BaseModel):
    """One step of the timeline."""

    action: str
    status: str
    state: StateView
    at: InstantView
    standing: str
    acted_for: Words | None = Field(None, description="both names by their last digits, when it was done for another")
    reason: str | None = None
    reason_texts: Words | None = None


class TicketStart(BaseModel):
    """What a request for help is opened with, so that it carries this case along."""

    service: Literal["residency"] = "residency"
    case_id: UUID


class CaseLine(BaseModel):
    """What visas and renewals have in common in a list."""

    id: UUID
    reference: str
    person: str
    status: str
    state: StateView
    turn: StateView
    opened_at: InstantView
    moved_at: InstantView


class CaseView(CaseLine):
    """What visas and renewals have in common when one is opened."""

    reason: str | None
    reason_texts: Words | None
    requirements: list[RequirementView] = Field(description="while they decide something, for who asked for the case")
    actions: list[ActionView]
    timeline: list[MoveView]
    ticket: TicketStart | None = Field(None, description="present while something stands in the way")


class VisaLine(CaseLine):
    """An exit and re-entry visa in a list."""

    trips: Trips
    stay_days: int | None = Field(description="days from the day of travel")
    return_by: DayView | None
    visa_number: str | None
    leave_by: DayView | None


class ExitReentryVisaView(VisaLine, CaseView):
    """An exit and re-entry visa with everything its reader may know and do."""

    fee: FeeView
    issued_on: DayView | None
    cancel_by: DayView | None
    travelled_on: DayView | None
    fine_minor: int | None = Field(description="earned by letting it lapse")


class RenewalLine(CaseLine):
    """An iqama renewal in a list."""

    period_months: int
    valid_until: DayView | None


class IqamaRenewalView(RenewalLine, CaseView):
    """An iqama renewal with everything its reader may know and do."""

    fee: FeeView | None = Field(description="absent until everything that sets the price is known")
    missing: list[str]
    decided_at: InstantView | None
    renewed_from: DayView | None


class EligibilityView(BaseModel):
    """May it be, and if not, everything that stands in the way with what mends it; and what it costs."""

    eligible: bool
    being_checked: bool
    requirements: list[RequirementView]
    fee_minor: int | None
    fee_items: list[FeeItemView]


class IqamaView(BaseModel):
    """Somebody's residence as it is kept here."""

    id: UUID
    person: str
    category: str
    category_texts: Words
    profession: Words | None
    valid_until: DayView
    is_valid: bool
    told_at: InstantView
