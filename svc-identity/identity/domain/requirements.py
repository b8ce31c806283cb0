"""Statements an account's moves rest on, each with what mends it. Facts: `identity.domain.account.AccountFacts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.requirements import Verdict, being_checked, failed, holds, met, requirement

if TYPE_CHECKING:
    from identity.domain.account import AccountFacts

_STAFF, _VISITOR = "staff", "visitor"


@requirement(remedy="enrol_by_link")
def account_is_a_persons(facts: AccountFacts) -> Verdict:
    """Staff are not activated at a counter; they enrol by a link of their own."""
    return holds(facts.kind != _STAFF)


@requirement(remedy="go_to_an_airport_desk", rule="identity.activation.airport_offices")
def visitor_is_at_an_airport(facts: AccountFacts) -> Verdict:
    """A visitor's passport is looked at where the border is."""
    return holds(facts.kind != _VISITOR or facts.clerk_is_at_an_airport)


@requirement(remedy="activate_at_an_office")
def account_is_a_visitors(facts: AccountFacts) -> Verdict:
    """Citizens and residents are activated by somebody else, visitors also by themselves."""
    return holds(facts.kind == _VISITOR)


@requirement(remedy="go_to_an_airport_desk")
def passport_is_the_holders(facts: AccountFacts) -> Verdict:
    """Number, nationality and birth date were given, and the registry has all three of this person."""
    return holds(facts.proved_by_passport)


@requirement(remedy="activate_at_an_office")
def account_is_staff(facts: AccountFacts) -> Verdict:
    return holds(facts.kind == _STAFF)


@requirement(remedy="prove_the_code")
def second_factor_is_proved(facts: AccountFacts) -> Verdict:
    return holds(facts.second_factor_proved)


@requirement(remedy="correct_the_registry", rule="identity.facts.fresh_for")
def holder_is_alive(facts: AccountFacts) -> Verdict:
    if facts.kind == _STAFF:
        return met()
    return being_checked() if facts.alive is None else holds(facts.alive)


@requirement(remedy="renew_the_document")
def document_is_valid(facts: AccountFacts) -> Verdict:
    if facts.document is None:
        return failed()
    return holds(facts.document.expires_on >= facts.today)


@requirement(remedy="look_again_at_the_document", rule="identity.facts.fresh_for")
def document_agrees_with_the_registry(facts: AccountFacts) -> Verdict:
    """Number and last day of validity, as the registry has them of this person's identity document."""
    if facts.alive is None:
        return being_checked()
    if facts.document is None or facts.registered_expiry is None:
        return failed()
    read = (facts.document.number, facts.document.expires_on)
    return holds(read == (facts.registered_number, facts.registered_expiry))


@requirement(remedy="register_again")
def mobile_is_the_one_confirmed(facts: AccountFacts) -> Verdict:
    """The person at the counter knows the mobile that was confirmed: nobody else's registration gets bound to them."""
    return holds(facts.mobile_agrees)


@requirement(remedy="use_a_mobile_of_ones_own", rule="identity.facts.fresh_for")
def mobile_is_in_the_holders_name(facts: AccountFacts) -> Verdict:
    """As the registry has it: whoever proved a person elsewhere may have been told another's mobile."""
    return being_checked() if facts.mobile_in_their_name is None else holds(facts.mobile_in_their_name)


@requirement(remedy="register_another_mobile")
def mobile_has_no_other_owner(facts: AccountFacts) -> Verdict:
    return holds(facts.mobile_is_free)


@requirement(remedy="call_another_clerk", rule="identity.activation.second_clerk_to_bind_again")
def clerk_has_not_bound_it_before(facts: AccountFacts) -> Verdict:
    return holds(not facts.clerk_bound_before)
