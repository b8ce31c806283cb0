"""Statements about a holder that both kinds of case ask, each with the step that mends it.

Eligibility, the refusal of a move, the buttons and the diagram all read these lists. Where two cases rest on different
dated rules, the statement is made for a rule.
"""

from chassis.ages import has_reached
from chassis.requirements import Requirement, Verdict, being_checked, failed, holds, met, requirement
from residency.domain.charges import riyals
from residency.domain.facts import CaseFacts, FeeState


@requirement(remedy="ask_tawasul")
def person_is_in_the_registry(facts: CaseFacts) -> Verdict:
    return being_checked() if facts.person is None else holds(facts.person.is_known)


@requirement(remedy="ask_own_authority")
def person_is_a_resident(facts: CaseFacts) -> Verdict:
    return being_checked() if facts.person is None else holds(facts.person.kind == "resident")


@requirement(remedy="ask_tawasul")
def person_is_alive(facts: CaseFacts) -> Verdict:
    return being_checked() if facts.person is None else holds(facts.person.alive)


@requirement(remedy="settle_absence")
def person_is_not_absent(facts: CaseFacts) -> Verdict:
    return being_checked() if facts.person is None else holds(not facts.person.absent)


@requirement(remedy="wait_for_return")
def person_is_inside_the_kingdom(facts: CaseFacts) -> Verdict:
    return being_checked() if facts.whereabouts is None else holds(facts.whereabouts.inside)


@requirement(remedy="wait_for_payment")
def payment_is_not_under_way(facts: CaseFacts) -> Verdict:
    return holds(facts.fee_state is not FeeState.ASKED)


@requirement(remedy="pay_fee")
def fee_is_reserved(facts: CaseFacts) -> Verdict:
    return holds(facts.fee_state is FeeState.RESERVED)


@requirement(remedy="ask_tawasul")
def fee_is_consumed(facts: CaseFacts) -> Verdict:
    return holds(facts.fee_state is FeeState.CONSUMED)


def person_is_inside_by(rule: str) -> Requirement[CaseFacts]:
    """The holder is inside the Kingdom, while the rule asks for it."""

    def check(facts: CaseFacts) -> Verdict:
        return person_is_inside_the_kingdom(facts) if facts.rules.flag(rule) else met()

    return Requirement(person_is_inside_the_kingdom.name, check, person_is_inside_the_kingdom.remedy, rule)


def fines_are_paid_by(rule: str) -> Requirement[CaseFacts]:
    """The holder's traffic fines are paid, while the rule says they stop the case."""

    def check(facts: CaseFacts) -> Verdict:
        return no_fines_in(facts.owed.traffic_minor if facts.owed else None) if facts.rules.flag(rule) else met()

    return Requirement("fines_are_paid", check, "pay_traffic_fines", rule)


def biometrics_are_on_file_by(rule: str) -> Requirement[CaseFacts]:
    """Fingerprints are enrolled of whoever has reached the rule's age."""

    def check(facts: CaseFacts) -> Verdict:
        if facts.person is None:
            return being_checked()
        if not facts.person.is_known:
            return failed()
        return holds(facts.person.biometrics or not has_reached(facts.person.born_on, rule, facts.rules))

    return Requirement("biometrics_are_on_file", check, "give_biometrics", rule)


def no_fines_in(owed_minor: int | None) -> Verdict:
    """Whether nothing is owed of an amount that may not be known yet."""
    if owed_minor is None:
        return being_checked()
    return holds(owed_minor == 0, owed_minor, riyals=riyals(owed_minor))


HOLDER = (person_is_in_the_registry, person_is_a_resident, person_is_alive, person_is_not_absent)
