"""How long somebody may stay away: so many days from the day of travel, or until a day to be back by."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chassis.ages import calendar_of
from chassis.calendar import add_months
from chassis.refusals import Invalid
from chassis.rulebook import RulesOnDay
from residency.domain.deadlines import VisaDays, by_duration, by_return_date
from residency.domain.fees import DurationNotOffered

MONTH_OF_STAY = "residency.exit_reentry.month_of_stay"
TRAVEL_WITHIN = "residency.exit_reentry.travel_within"
LONGEST = "residency.exit_reentry.longest"


class Trips(StrEnum):
    """How often the visa lets its holder leave and come back."""

    SINGLE = "single"
    MULTIPLE = "multiple"


class ReturnDatePassed(Invalid):
    """The day to be back by is not after today."""

    slug = "return-date-passed"


@dataclass(frozen=True)
class Stay:
    """Exactly one is given: days counted from travel, or the last day to come back."""

    days: int | None = None
    return_by: date | None = None

    def months_paid(self, today: date, rules: RulesOnDay) -> int:
        """Months begun, for which the fee is due. Rule residency.exit_reentry.month_of_stay.

        Raises ReturnDatePassed, or DurationNotOffered below a day.
        """
        if self.return_by is not None:
            return _months_until(today, self.return_by)
        if self.days is None or self.days < 1:
            raise DurationNotOffered()
        return -(-self.days // rules.number(MONTH_OF_STAY))

    def ends_on(self, issued_on: date) -> date:
        """The last day away of whoever travels on the day of issue."""
        if self.return_by is not None:
            return self.return_by
        return issued_on + timedelta(days=self.days or 0)

    def visa_days(self, issued_on: date, rules: RulesOnDay) -> VisaDays:
        """The days of a visa issued on that day. Rule residency.exit_reentry.travel_within."""
        if self.return_by is not None:
            return by_return_date(self.return_by)
        return by_duration(issued_on, rules.number(TRAVEL_WITHIN), calendar_of(rules, TRAVEL_WITHIN))


def stay_of_months(months: int, rules: RulesOnDay) -> Stay:
    """A stay given in months. Rule residency.exit_reentry.month_of_stay."""
    return Stay(days=months * rules.number(MONTH_OF_STAY))


def shortest_stay(rules: RulesOnDay) -> Stay:
    """The stay to ask about where none was named."""
    return stay_of_months(1, rules)


def require_offered(stay: Stay, trips: Trips, rules: RulesOnDay) -> int:
    """The months paid. Raises DurationNotOffered beyond rule residency.exit_reentry.longest, or ReturnDatePassed."""
    months = stay.months_paid(rules.day, rules)
    if months > rules.table(LONGEST)[trips]:
        raise DurationNotOffered()
    return months


def _months_until(today: date, return_by: date) -> int:
    if return_by <= today:
        raise ReturnDatePassed()
    months = max(1, (return_by.year - today.year) * 12 + return_by.month - today.month)
    return months if add_months(today, months, "gregorian") >= return_by else months + 1
