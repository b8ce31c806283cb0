"""Until when: the last days of visas, and the windows in which they are cancelled or extended. Days come from rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from chassis.calendar import Calendar, add_months


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


def return_by(travelled_on: date, months: int, calendar: Calendar) -> date:
    """The last day to come back, for a visa that runs from the day of travel."""
    return add_months(travelled_on, months, calendar)


def cancel_by(issued_on: date, within_days: int, days: VisaDays) -> date:
    """The last day on which a visa may be cancelled: so many days after issue or its own end, whichever comes first.

    Rule residency.exit_reentry.cancel_within. A visa that runs from travel has no return date yet, so its day to leave
    by stands in for it.
    """
    return min(issued_on + timedelta(days=within_days), days.return_by or days.leave_by)


def iqama_covers(iqama_expires_on: date, issued_on: date, months: int, cover_days: int, calendar: Calendar) -> bool:
    """Whether the iqama outlasts a visa by duration. Rule residency.exit_reentry.iqama_cover, ``by_duration``."""
    return iqama_expires_on >= add_months(issued_on, months, calendar) + timedelta(days=cover_days)


def final_exit_days(iqama_days_left: int, table: Mapping[str, int]) -> int | None:
    """How long a final exit visa runs; none if the iqama must be renewed first. Rule residency.final_exit.duration."""
    return min(iqama_days_left, table["most"]) if iqama_days_left >= table["least"] else None


def visit_may_be_extended(days_to_expiry: int, table: Mapping[str, int]) -> bool:
    """Whether a visit may be extended today. Rule residency.visit_extension.window: ``{before, after}``."""
    return -table["after"] <= days_to_expiry <= table["before"]
