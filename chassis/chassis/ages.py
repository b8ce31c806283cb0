"""Ages against dated rules: whether somebody has reached the age a rule names, counted in that rule's calendar."""

from datetime import date

from chassis.calendar import CALENDARS, FIRST_DAY, Calendar, add_years
from chassis.rulebook import RulesOnDay


def calendar_of(rules: RulesOnDay, rule_id: str) -> Calendar:
    """The calendar a rule counts in. Raises ValueError for one we do not have, RuleMissing for no rule."""
    named = rules.calendar(rule_id)
    for known in CALENDARS:
        if named == known:
            return known
    raise ValueError(f"{rule_id} counts in an unknown calendar")


def reaches_on(born_on: date, rule_id: str, rules: RulesOnDay) -> date:
    """The day somebody reaches the age the rule names (in years)."""
    calendar = calendar_of(rules, rule_id)
    if calendar == "umm-al-qura":
        # Nobody's table begins earlier. Who was born before it is at least as old as who was born on its first day.
        born_on = max(born_on, FIRST_DAY)
    return add_years(born_on, rules.number(rule_id), calendar)


def has_reached(born_on: date, rule_id: str, rules: RulesOnDay) -> bool:
    """Whether somebody is at least as old, on the rules' day, as the rule names."""
    return reaches_on(born_on, rule_id, rules) <= rules.day
