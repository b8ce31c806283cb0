"""Statements that must be true before an iqama is renewed."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.ages import calendar_of, has_reached
from chassis.calendar import add_months
from chassis.requirements import Requirement, Verdict, being_checked, failed, holds, met, requirement
from residency.domain import requirements as shared
from residency.domain.facts import CaseFacts, Cover

WINDOW = "residency.iqama_renewal.window"
DURATIONS = "residency.iqama_renewal.durations"
TRAFFIC_FINES = "residency.iqama_renewal.traffic_fines_block"
FINGERPRINT_AGE = "residency.iqama_renewal.fingerprint_age"
PASSPORT_VALIDITY = "residency.iqama_renewal.passport_validity"
INSIDE = "residency.iqama_renewal.inside_the_kingdom"
SON_LEAVES_AT = "residency.iqama_renewal.son_leaves_at"
DEPENDANT_LEAVES_AT = "residency.iqama_renewal.dependant_leaves_at"
DEPORTATION_AT = "residency.iqama_renewal.late_deportation_at"


@dataclass(frozen=True, kw_only=True)
class RenewalFacts(CaseFacts):
    """Everything a renewal's moves may ask. `earlier_late` counts this person's renewals that were fined."""

    period_months: int
    insurance: Cover | None = None
    work_permit: Cover | None = None
    earlier_late: int = 0


@requirement(remedy="update_passport", rule=PASSPORT_VALIDITY)
def passport_is_valid(facts: RenewalFacts) -> Verdict:
    if facts.person is None:
        return being_checked()
    expires_on = facts.person.passport_expires_on
    if expires_on is None:
        return failed(until="—")
    needed = facts.rules.day + timedelta(days=facts.rules.number(PASSPORT_VALIDITY))
    return holds(expires_on >= needed, expires_on.isoformat(), until=expires_on.isoformat())


@requirement(remedy="renew_insurance")
def insurance_is_active(facts: RenewalFacts) -> Verdict:
    return _runs_today(facts, facts.insurance)


@requirement(remedy="renew_work_permit")
def work_permit_is_valid(facts: RenewalFacts) -> Verdict:
    return _runs_today(facts, facts.work_permit)


@requirement(remedy="wait_for_the_window", rule=WINDOW)
def renewal_is_open(facts: RenewalFacts) -> Verdict:
    """Less than the rule's months are left."""
    if facts.person is None:
        return being_checked()
    expires_on = facts.person.iqama_expires_on
    if expires_on is None:
        return failed(opens="—")
    months_before = facts.rules.table(WINDOW)[facts.person.category]
    opens_on = add_months(expires_on, -months_before, calendar_of(facts.rules, WINDOW)) + timedelta(days=1)
    return holds(opens_on <= facts.rules.day, expires_on.isoformat(), opens=opens_on.isoformat())


@requirement(remedy="choose_duration", rule=DURATIONS)
def period_is_offered(facts: RenewalFacts) -> Verdict:
    if facts.person is None:
        return being_checked()
    offered = facts.rules.table(DURATIONS)[facts.person.category]
    return holds(facts.period_months in offered, facts.period_months, offered=", ".join(map(str, offered)))


@requirement(remedy="move_to_own_employer", rule=SON_LEAVES_AT)
def son_may_stay_on_the_record(facts: RenewalFacts) -> Verdict:
    return _has_not_outgrown(facts, SON_LEAVES_AT, only_sons=True)


@requirement(remedy="move_to_own_employer", rule=DEPENDANT_LEAVES_AT)
def dependant_may_stay_on_the_record(facts: RenewalFacts) -> Verdict:
    return _has_not_outgrown(facts, DEPENDANT_LEAVES_AT, only_sons=False)


@requirement(remedy="ask_tawasul", rule=DEPORTATION_AT)
def lateness_is_forgivable(facts: RenewalFacts) -> Verdict:
    """Were this renewal late too, it would not be the one that the rule answers with deportation."""
    return holds(facts.earlier_late + 1 < facts.rules.number(DEPORTATION_AT), facts.earlier_late)


def _runs_today(facts: RenewalFacts, cover: Cover | None) -> Verdict:
    if cover is None:
        return being_checked()
    if not cover.needed:
        return met()
    if cover.expires_on is None:
        return failed(until="—")
    return holds(cover.expires_on >= facts.rules.day, cover.expires_on.isoformat(), until=cover.expires_on.isoformat())


def _has_not_outgrown(facts: RenewalFacts, rule: str, *, only_sons: bool) -> Verdict:
    person = facts.person
    if person is None:
        return being_checked()
    if not person.is_child_on_a_record or (only_sons and person.sex != "male"):
        return met()
    return holds(not has_reached(person.born_on, rule, facts.rules))


ENTITLED: tuple[Requirement[RenewalFacts], ...] = (
    *shared.HOLDER,
    shared.person_is_inside_by(INSIDE),
    shared.fines_are_paid_by(TRAFFIC_FINES),
    passport_is_valid,
    insurance_is_active,
    work_permit_is_valid,
    shared.biometrics_are_on_file_by(FINGERPRINT_AGE),
    renewal_is_open,
    period_is_offered,
    son_may_stay_on_the_record,
    dependant_may_stay_on_the_record,
    lateness_is_forgivable,
)
