"""Statements an authorisation's moves rest on, each with what mends it. Facts: `identity.domain.authorisation`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chassis.clock import civil_minute
from chassis.requirements import Verdict, being_checked, failed, holds, met, requirement
from contracts.values import is_person_number, kind_of

if TYPE_CHECKING:
    from identity.domain.authorisation import AuthorisationFacts

LONGEST = "identity.authorisation.longest"
LATEST_START = "identity.authorisation.latest_start"
MOST_USES = "identity.authorisation.most_uses"
FREEZE = "identity.mobile_change.freeze"


@requirement(remedy="activate_your_account")
def grantor_is_active(facts: AuthorisationFacts) -> Verdict:
    return holds(facts.grantor_is_active)


@requirement(remedy="wait_until_the_mobile_is_settled", rule=FREEZE)
def grantor_is_not_frozen(facts: AuthorisationFacts) -> Verdict:
    """Whoever has just taken over a mobile gives nobody the power to do great harm before its owner could object."""
    until = facts.grantor_frozen_until
    if until is None or not facts.high_harm:
        return met()
    return failed(until.isoformat(), until=civil_minute(until))


@requirement(remedy="authorise_a_citizen")
def grantee_is_a_citizen(facts: AuthorisationFacts) -> Verdict:
    return holds(is_person_number(facts.grantee) and kind_of(facts.grantee) == "citizen")


@requirement(remedy="authorise_another")
def grantee_is_another(facts: AuthorisationFacts) -> Verdict:
    return holds(facts.grantee != facts.grantor)


@requirement(remedy="check_number_and_birth_date")
def grantee_is_known(facts: AuthorisationFacts) -> Verdict:
    """One statement for number, birth date and account, so that nobody learns which of them was wrong."""
    if facts.grantee_is_known is None:
        return being_checked()
    return holds(facts.grantee_is_known and facts.grantee_is_active)


@requirement(remedy="ask_the_other_to_activate")
def grantee_is_active(facts: AuthorisationFacts) -> Verdict:
    return holds(facts.grantee_is_active)


@requirement(remedy="choose_other_days", rule=LONGEST)
def days_are_within_the_limit(facts: AuthorisationFacts) -> Verdict:
    """Not begun before today, not begun too late, and no longer than the rule for this kind of service."""
    longest = facts.rules.table(LONGEST)["high_harm" if facts.high_harm else "ordinary"]
    latest = facts.rules.day + timedelta(days=facts.rules.number(LATEST_START))
    lasts = facts.ends_on - facts.starts_on
    fits = facts.starts_on <= latest and timedelta() <= lasts < timedelta(days=longest)
    return holds(fits and facts.ends_on >= facts.rules.day, longest, longest=longest)


@requirement(remedy="choose_fewer_uses", rule=MOST_USES)
def uses_are_within_the_limit(facts: AuthorisationFacts) -> Verdict:
    most = facts.rules.number(MOST_USES)
    return holds(facts.uses_allowed is None or 1 <= facts.uses_allowed <= most, most, most=most)


@requirement(remedy="withdraw_the_other")
def no_other_is_live(facts: AuthorisationFacts) -> Verdict:
    """One person per service: what is promised or held by somebody else has to be withdrawn first."""
    return holds(not facts.another_is_live)


@requirement(remedy="ask_for_a_new_code")
def code_is_right(facts: AuthorisationFacts) -> Verdict:
    return holds(facts.code_is_right)


@requirement(remedy="wait_for_the_next")
def uses_are_left(facts: AuthorisationFacts) -> Verdict:
    return holds(facts.uses_allowed is None or facts.uses < facts.uses_allowed)


@requirement(remedy="wait_for_the_next")
def no_use_is_left(facts: AuthorisationFacts) -> Verdict:
    return holds(facts.uses_allowed is not None and facts.uses >= facts.uses_allowed)


@requirement(remedy="ask_to_be_authorised_anew")
def days_are_not_over(facts: AuthorisationFacts) -> Verdict:
    return holds(facts.ends_on >= facts.rules.day)


ACCEPTABLE = (grantor_is_active, grantee_is_active, days_are_not_over)
ASKABLE = (grantee_is_a_citizen, grantee_is_another, days_are_within_the_limit, uses_are_within_the_limit)
GRANTABLE = (
    grantor_is_active,
    grantor_is_not_frozen,
    grantee_is_a_citizen,
    grantee_is_another,
    grantee_is_known,
    days_are_within_the_limit,
    uses_are_within_the_limit,
    no_other_is_live,
)
