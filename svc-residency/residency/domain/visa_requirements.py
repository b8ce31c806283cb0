"""Statements that must be true before an exit and re-entry visa is paid, issued or taken back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chassis.requirements import (
    Requirement,
    Verdict,
    being_checked,
    failed,
    holds,
    met,
    requirement,
    waits_while_frozen,
)
from residency.domain import requirements as shared
from residency.domain.deadlines import iqama_covers
from residency.domain.facts import CaseFacts, Owed, Record
from residency.domain.stay import Stay

TRAFFIC_FINES = "residency.exit_reentry.traffic_fines_block"
FINGERPRINT_AGE = "residency.exit_reentry.fingerprint_age"
PASSPORT_VALIDITY = "residency.exit_reentry.passport_validity"
IQAMA_COVER = "residency.exit_reentry.iqama_cover"
CANCEL_WITHIN = "residency.exit_reentry.cancel_within"
NOT_CANCELLED_FINE = "residency.exit_reentry.not_cancelled_fine"
FREEZE = "residency.freeze.acts"
"""Names the acts that wait while whoever acts has a mobile that is new (`waits_while_frozen`)."""


@dataclass(frozen=True, kw_only=True)
class VisaFacts(CaseFacts):
    """Everything a visa's moves may ask. `applicant` is the employer or head of household who asks for it.

    `frozen_until` is of the account that acts, when it is frozen now.
    """

    stay: Stay
    applicant: Record | None = None
    applicant_owed: Owed | None = None
    another_in_force: bool = False
    cancel_by: date | None = None
    frozen_until: datetime | None = None


@requirement(remedy="ask_tawasul")
def applicant_is_alive(facts: VisaFacts) -> Verdict:
    return being_checked() if facts.applicant is None else holds(facts.applicant.is_known and facts.applicant.alive)


@requirement(remedy="pay_traffic_fines", rule=TRAFFIC_FINES)
def applicant_fines_are_paid(facts: VisaFacts) -> Verdict:
    if not facts.rules.flag(TRAFFIC_FINES):
        return met()
    return shared.no_fines_in(facts.applicant_owed.traffic_minor if facts.applicant_owed else None)


@requirement(remedy="pay_visa_fines", rule=NOT_CANCELLED_FINE)
def visa_fines_are_paid(facts: VisaFacts) -> Verdict:
    """Nothing is owed by either for an earlier visa that was neither used nor cancelled."""
    if facts.owed is None or facts.applicant_owed is None:
        return being_checked()
    return shared.no_fines_in(facts.owed.visas_minor + facts.applicant_owed.visas_minor)


@requirement(remedy="use_or_cancel_the_other_visa")
def no_other_visa_is_in_force(facts: VisaFacts) -> Verdict:
    return holds(not facts.another_in_force)


@requirement(remedy="update_passport", rule=PASSPORT_VALIDITY)
def passport_outlasts_the_visa(facts: VisaFacts) -> Verdict:
    if facts.person is None:
        return being_checked()
    needed = facts.rules.day + timedelta(days=facts.rules.number(PASSPORT_VALIDITY))
    return _reaches(facts.person.passport_expires_on, needed)


@requirement(remedy="renew_iqama", rule=IQAMA_COVER)
def iqama_covers_the_stay(facts: VisaFacts) -> Verdict:
    """The iqama outlasts the stay: by the rule's days where it is counted from travel, else to the day of return."""
    if facts.person is None:
        return being_checked()
    style = "by_duration" if facts.stay.return_by is None else "by_return_date"
    days_of_cover = facts.rules.table(IQAMA_COVER)[style]
    ends_on, expires_on = facts.stay.ends_on(facts.rules.day), facts.person.iqama_expires_on
    needed = ends_on + timedelta(days=days_of_cover)
    if expires_on is None or not iqama_covers(expires_on, ends_on, days_of_cover):
        return failed(_iso(expires_on), until=_iso(expires_on) or "—", needed=needed.isoformat())
    return met(expires_on.isoformat())


@requirement(remedy="wait_until_it_lapses", rule=CANCEL_WITHIN)
def cancelling_is_open(facts: VisaFacts) -> Verdict:
    last = facts.cancel_by
    return (
        failed(until="—") if last is None else holds(facts.rules.day <= last, last.isoformat(), until=last.isoformat())
    )


def _reaches(expires_on: date | None, needed: date) -> Verdict:
    if expires_on is None or expires_on < needed:
        return failed(_iso(expires_on), until=_iso(expires_on) or "—", needed=needed.isoformat())
    return met(expires_on.isoformat())


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


ENTITLED: tuple[Requirement[VisaFacts], ...] = (
    *shared.HOLDER,
    applicant_is_alive,
    shared.person_is_inside_the_kingdom,
    shared.fines_are_paid_by(TRAFFIC_FINES),
    applicant_fines_are_paid,
    visa_fines_are_paid,
    no_other_visa_is_in_force,
    shared.biometrics_are_on_file_by(FINGERPRINT_AGE),
    passport_outlasts_the_visa,
    iqama_covers_the_stay,
)
issuing_is_open = waits_while_frozen("issue_exit_reentry", FREEZE)
CANCELLABLE: tuple[Requirement[VisaFacts], ...] = (
    waits_while_frozen("cancel_exit_reentry", FREEZE),
    cancelling_is_open,
    shared.person_is_inside_the_kingdom,
    visa_fines_are_paid,
)
REQUIREMENTS = (*ENTITLED, cancelling_is_open)
