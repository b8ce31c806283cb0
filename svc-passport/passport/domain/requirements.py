"""Statements that can be true of a renewal, each with the dated rule it rests on and the step that mends it.

Eligibility, the refusal of a move, the buttons and the diagram all read this list.
"""

from chassis.ages import calendar_of, has_reached
from chassis.calendar import add_months
from chassis.requirements import Verdict, being_checked, failed, holds, met, requirement, waits_while_frozen
from passport.domain.ages import needs_guardian, validities_open_to
from passport.domain.facts import FeeState, RenewalFacts
from passport.domain.pledges import pledges_in_force

NATIONAL_ID_AGE = "passport.application.national_id_age"
FINGERPRINT_AGE = "passport.application.fingerprint_age"
GUARDIAN_AGE = "passport.application.guardian_consent_age"
TRAFFIC_FINES = "passport.application.traffic_fines_block"
WINDOW_IS_LIMITED = "passport.renewal.window_is_limited"
WINDOW = "passport.renewal.window"
LEAST_AGE = "passport.booklet.least_age_by_validity"
PLEDGES = "passport.renewal.pledges"
PHOTO = "passport.photo.limits"
FEE = "passport.application.fee"
ACTIVATION = "passport.activation.is_required"
FREEZE = "passport.freeze.acts"
"""Names the acts that wait while whoever acts has a mobile that is new (`waits_while_frozen`)."""


@requirement(remedy="ask_tawasul")
def holder_is_in_the_registry(facts: RenewalFacts) -> Verdict:
    if facts.holder_is_unknown:
        return failed()
    return met() if facts.holder is not None else being_checked()


@requirement(remedy="ask_own_authority")
def holder_is_a_citizen(facts: RenewalFacts) -> Verdict:
    return being_checked() if facts.holder is None else holds(facts.holder.kind == "citizen")


@requirement(remedy="ask_tawasul")
def holder_is_alive(facts: RenewalFacts) -> Verdict:
    return being_checked() if facts.holder is None else holds(facts.holder.alive)


@requirement(remedy="apply_at_a_mission")
def holder_is_inside_the_kingdom(facts: RenewalFacts) -> Verdict:
    return being_checked() if facts.holder is None else holds(facts.holder.inside_kingdom)


@requirement(remedy="renew_national_id", rule=NATIONAL_ID_AGE)
def national_id_is_valid(facts: RenewalFacts) -> Verdict:
    if facts.holder is None:
        return being_checked()
    if not has_reached(facts.holder.born_on, NATIONAL_ID_AGE, facts.rules):
        return met()
    expires_on = facts.holder.id_expires_on
    if expires_on is None:
        return failed(None, until="—")
    return holds(expires_on >= facts.rules.day, expires_on.isoformat(), until=expires_on.isoformat())


@requirement(remedy="give_biometrics", rule=FINGERPRINT_AGE)
def biometrics_are_on_file(facts: RenewalFacts) -> Verdict:
    if facts.holder is None:
        return being_checked()
    return holds(facts.holder.biometrics or not has_reached(facts.holder.born_on, FINGERPRINT_AGE, facts.rules))


@requirement(remedy="issue_first_passport")
def there_is_a_passport_to_renew(facts: RenewalFacts) -> Verdict:
    return being_checked() if facts.holder is None else holds(facts.holder.old_number is not None)


@requirement(remedy="wait_for_the_window", rule=WINDOW_IS_LIMITED)
def renewal_window_is_open(facts: RenewalFacts) -> Verdict:
    if not facts.rules.flag(WINDOW_IS_LIMITED):
        return met()
    if facts.holder is None:
        return being_checked()
    expires_on = facts.holder.old_expires_on
    if expires_on is None:
        return met()
    opens_on = add_months(expires_on, -facts.rules.number(WINDOW), calendar_of(facts.rules, WINDOW))
    return holds(opens_on <= facts.rules.day, expires_on.isoformat(), opens=opens_on.isoformat())


@requirement(remedy="ask_head_of_household", rule=GUARDIAN_AGE)
def guardian_applies_for_a_minor(facts: RenewalFacts) -> Verdict:
    if facts.holder is None:
        return being_checked()
    return holds(facts.applied_for_by_head or not needs_guardian(facts.holder.born_on, facts.rules))


@requirement(remedy="pay_traffic_fines", rule=TRAFFIC_FINES)
def traffic_fines_are_paid(facts: RenewalFacts) -> Verdict:
    if not facts.rules.flag(TRAFFIC_FINES):
        return met()
    owed = facts.traffic_dues_minor
    return being_checked() if owed is None else holds(owed == 0, owed, riyals=_riyals(owed))


@requirement(remedy="register_national_address")
def national_address_is_registered(facts: RenewalFacts) -> Verdict:
    return being_checked() if facts.addresses is None else holds(bool(facts.addresses), len(facts.addresses))


@requirement(remedy="go_on_with_the_open_one")
def no_other_application_is_open(facts: RenewalFacts) -> Verdict:
    return holds(not facts.another_is_open)


@requirement(remedy="choose_validity", rule=LEAST_AGE)
def validity_is_open_to_holder(facts: RenewalFacts) -> Verdict:
    if facts.holder is None:
        return being_checked()
    return holds(facts.validity_years in validities_open_to(facts.holder.born_on, facts.rules), facts.validity_years)


@requirement(remedy="accept_pledges", rule=PLEDGES)
def pledges_are_accepted(facts: RenewalFacts) -> Verdict:
    return holds(not {pledge.identity for pledge in pledges_in_force(facts.rules)} - facts.pledges_accepted)


@requirement(remedy="add_photo", rule=PHOTO)
def photo_is_accepted(facts: RenewalFacts) -> Verdict:
    return holds(facts.has_photo)


@requirement(remedy="accept_english_name")
def english_name_is_accepted(facts: RenewalFacts) -> Verdict:
    return holds(facts.has_english_name)


@requirement(remedy="choose_address")
def delivery_address_is_chosen(facts: RenewalFacts) -> Verdict:
    if facts.short_address is None:
        return failed()
    return being_checked() if facts.addresses is None else holds(facts.short_address in facts.addresses)


@requirement(remedy="review_data")
def data_is_reviewed(facts: RenewalFacts) -> Verdict:
    """Reviewed, and the registry still says what was shown."""
    if facts.reviewed is None:
        return failed()
    return being_checked() if facts.holder is None else holds(facts.reviewed == facts.holder.reviewed_part())


@requirement(remedy="wait_for_payment", rule=FEE)
def payment_is_not_under_way(facts: RenewalFacts) -> Verdict:
    return holds(facts.fee_state is not FeeState.ASKED)


@requirement(remedy="submit_now", rule=FEE)
def fee_is_not_reserved_yet(facts: RenewalFacts) -> Verdict:
    return holds(facts.fee_state is not FeeState.RESERVED)


@requirement(remedy="pay_fee", rule=FEE)
def fee_is_reserved(facts: RenewalFacts) -> Verdict:
    return holds(facts.fee_state is FeeState.RESERVED)


@requirement(remedy="ask_tawasul", rule=FEE)
def fee_is_consumed(facts: RenewalFacts) -> Verdict:
    return holds(facts.fee_state is FeeState.CONSUMED)


@requirement(remedy="wait_for_the_print")
def print_was_refused(facts: RenewalFacts) -> Verdict:
    return holds(facts.print_trouble is not None, facts.print_trouble)


@requirement(remedy="bring_old_booklet", rule=ACTIVATION)
def old_booklet_matches(facts: RenewalFacts) -> Verdict:
    return holds(facts.presented_number is not None and facts.presented_number == facts.old_number)


@requirement(remedy="bring_old_booklet", rule=ACTIVATION)
def activation_is_not_required(facts: RenewalFacts) -> Verdict:
    return holds(not facts.rules.table(ACTIVATION)["renewal"])


ENTITLED = (
    holder_is_in_the_registry,
    holder_is_a_citizen,
    holder_is_alive,
    holder_is_inside_the_kingdom,
    national_id_is_valid,
    biometrics_are_on_file,
    there_is_a_passport_to_renew,
    renewal_window_is_open,
    guardian_applies_for_a_minor,
    traffic_fines_are_paid,
    national_address_is_registered,
)
submitting_is_open = waits_while_frozen("submit", FREEZE)
cancelling_is_open = waits_while_frozen("cancel", FREEZE)
ELIGIBLE = (*ENTITLED, no_other_application_is_open)
PREPARED = (
    validity_is_open_to_holder,
    pledges_are_accepted,
    photo_is_accepted,
    english_name_is_accepted,
    delivery_address_is_chosen,
    data_is_reviewed,
)
_MINOR_UNITS_OF_A_RIYAL = 100


def _riyals(amount_minor: int) -> str:
    return f"{amount_minor / _MINOR_UNITS_OF_A_RIYAL:.2f}"
