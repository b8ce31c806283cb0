"""What a person's age decides about a passport: who consents, and which validities are open."""

from datetime import date

from chassis.ages import calendar_of, has_reached, reaches_on
from chassis.calendar import add_years, age_on
from chassis.rulebook import RulesOnDay

__all__ = ["expires_on", "has_reached", "needs_guardian", "reaches_on", "validities_open_to"]

CONSENT_AGE = "passport.application.guardian_consent_age"
LEAST_AGE_BY_VALIDITY = "passport.booklet.least_age_by_validity"
VALIDITY = "passport.booklet.validity"


def needs_guardian(born_on: date, rules: RulesOnDay) -> bool:
    """Whether a guardian's consent belongs to the case. Rule passport.application.guardian_consent_age."""
    return not has_reached(born_on, CONSENT_AGE, rules)


def validities_open_to(born_on: date, rules: RulesOnDay) -> tuple[int, ...]:
    """The validities, in years, this person may choose today. Rule passport.booklet.least_age_by_validity."""
    calendar = calendar_of(rules, LEAST_AGE_BY_VALIDITY)
    age = age_on(born_on, rules.day, calendar)
    return tuple(sorted(int(years) for years, least in rules.table(LEAST_AGE_BY_VALIDITY).items() if age >= least))


def expires_on(issued_on: date, validity: int, rules: RulesOnDay) -> date:
    """The last day of a booklet issued on a day, in the calendar of rule passport.booklet.validity.

    Raises KeyError for a validity that is not offered.
    """
    years = rules.table(VALIDITY)[str(validity)]
    return add_years(issued_on, years, calendar_of(rules, VALIDITY))
