"""Until when: the last days of visas, and the windows in which they are cancelled or extended. Days come from rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from chassis.calendar import Calendar, add_months
from chassis.clock import RIYADH
from chassis.rulebook import RulesOnDay

CHECK_AGAIN = "residency.facts.check_again"
PAYMENT_RETRY = "residency.payment.retry"


@dataclass(frozen=True)
class VisaDays:
    """The days of an exit and re-entry visa: leave by, and, where it is known before travel, return by."""

    leave_by: date
    return_by: date | None


def by_duration(issued_on: date, travel_within_months: int, calendar: Calendar) -> VisaDays:
    """A visa that runs from the day of travel: only the day to leave by is known. Rule …exit_reentry.travel_within."""
    return VisaDays(leave_by=add_months(issued_on, travel_within_months, calendar), return_by=None)


def by_return_date(return_by: date) -> VisaDays:
    """A visa that runs from the day of issue: whoever leaves on its last day is back on it."""
    return VisaDays(leave_by=return_by, return_by=return_by)


def return_by(travelled_on: date, stay_days: int) -> date:
    """The last day to come back, for a visa that runs from the day of travel."""
    return travelled_on + timedelta(days=stay_days)


def cancel_by(issued_on: date, within_days: int, days: VisaDays) -> date:
    """The last day on which a visa may be cancelled: so many days after issue or its own end, whichever comes first.

    Rule residency.exit_reentry.cancel_within. A visa that runs from travel has no return date yet, so its day to leave
    by stands in for it.
    """
    return min(issued_on + timedelta(days=within_days), days.return_by or days.leave_by)


def iqama_covers(iqama_expires_on: date, stay_ends_on: date, cover_days: int) -> bool:
    """Whether the iqama outlasts the stay by so many days. Rule residency.exit_reentry.iqama_cover."""
    return iqama_expires_on >= stay_ends_on + timedelta(days=cover_days)


def final_exit_days(iqama_days_left: int, table: Mapping[str, int]) -> int | None:
    """How long a final exit visa runs; none if the iqama must be renewed first. Rule residency.final_exit.duration."""
    return min(iqama_days_left, table["most"]) if iqama_days_left >= table["least"] else None


def visit_may_be_extended(days_to_expiry: int, table: Mapping[str, int]) -> bool:
    """Whether a visit may be extended today. Rule residency.visit_extension.window: ``{before, after}``."""
    return -table["after"] <= days_to_expiry <= table["before"]


def ends_at(last_day: date) -> datetime:
    """The instant at which a last day is over: midnight in Riyadh."""
    return datetime.combine(last_day + timedelta(days=1), time.min, RIYADH)


def payment_asked_again_at(now: datetime, attempt: int, rules: RulesOnDay) -> datetime:
    """When the balance is tried again: soon at first, then ever later. Rule residency.payment.retry."""
    pause = rules.table(PAYMENT_RETRY)
    return now + timedelta(seconds=min(pause["first"] * 2 ** (attempt - 1), pause["longest"]))


def payment_expires_at(asked_at: datetime, wait: str, rules: RulesOnDay) -> datetime:
    """When waiting for a payment ends, by the rule of that name."""
    return asked_at + timedelta(hours=rules.number(wait))


def checked_again_at(now: datetime, rules: RulesOnDay) -> datetime:
    """When a case that waits for a body outside is looked at again, should the answer have gone past it."""
    return now + timedelta(seconds=rules.number(CHECK_AGAIN))
