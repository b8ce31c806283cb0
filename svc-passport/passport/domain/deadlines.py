"""How long each step may take, by the dated rules."""

from datetime import date, datetime, timedelta

from chassis.calendar import Holidays, working_days_after
from chassis.rulebook import RulesOnDay

DRAFT_KEPT = "passport.application.draft_kept"
ANSWER_WAIT = "passport.application.answer_wait"
PAYMENT_WAIT = "passport.application.payment_wait"
PAYMENT_RETRY = "passport.application.payment_retry"
CHECK_AGAIN = "passport.application.check_again"
PROMISE = "passport.application.promise_working_days"
PRINT_PATIENCE = "passport.application.print_patience"
FRESH_FOR = "passport.facts.fresh_for"
HOLIDAYS = "calendar.holidays"


def draft_expires_at(now: datetime, rules: RulesOnDay) -> datetime:
    """When a draft is given up."""
    return now + timedelta(days=rules.number(DRAFT_KEPT))


def answer_expires_at(now: datetime, rules: RulesOnDay) -> datetime:
    """When a returned application is given up."""
    return now + timedelta(days=rules.number(ANSWER_WAIT))


def payment_expires_at(asked_at: datetime, rules: RulesOnDay) -> datetime:
    """When waiting for a payment ends."""
    return asked_at + timedelta(hours=rules.number(PAYMENT_WAIT))


def payment_asked_again_at(now: datetime, attempt: int, rules: RulesOnDay) -> datetime:
    """When the balance is tried again: soon at first, then ever later, up to the rule's longest pause."""
    pause = rules.table(PAYMENT_RETRY)
    return now + timedelta(seconds=min(pause["first"] * 2 ** (attempt - 1), pause["longest"]))


def checked_again_at(now: datetime, rules: RulesOnDay) -> datetime:
    """When a case that waits for a body outside is looked at again, should the answer have gone past it."""
    return now + timedelta(seconds=rules.number(CHECK_AGAIN))


def promised_on(submitted_on: date, rules: RulesOnDay) -> date:
    """The day by which the passport is promised at the door."""
    return working_days_after(submitted_on, rules.number(PROMISE), Holidays(rules.table(HOLIDAYS)))


def freshness(rules: RulesOnDay, names: dict[str, str]) -> dict[str, timedelta]:
    """Per kind of fact how old it may be; `names` maps a kind to its name in the rule."""
    table = rules.table(FRESH_FOR)
    return {kind: timedelta(seconds=table[name]) for kind, name in names.items()}


def print_is_late(waiting_since: datetime, now: datetime, rules: RulesOnDay) -> bool:
    """Whether a case has waited longer for its print than operators should have to see."""
    return now - waiting_since > timedelta(hours=rules.number(PRINT_PATIENCE))
