"""May this person have a visa, or renew? Every requirement with what was found, before anybody fills in anything."""

from dataclasses import dataclass, replace

from chassis.authority import Principal
from chassis.database import Session
from chassis.grants import Acting
from chassis.requirements import Finding, State, examine
from contracts.authority import Actor, AuthorisedService
from residency.domain import renewal_requirements, visa_requirements
from residency.domain.charges import Charge, renewal_charge, visa_charge
from residency.domain.facts import CaseFacts
from residency.domain.renewal_requirements import RenewalFacts
from residency.domain.stay import Stay, Trips, require_offered
from residency.domain.visa_requirements import VisaFacts
from residency.gathering import ask_for, renewal_facts, visa_facts
from residency.queries import require_acting
from residency.refusals import EmployerNeeded
from residency.wiring import Residency


@dataclass(frozen=True)
class Eligibility:
    """The findings, what it would cost where that is known, and as whom the question was asked."""

    findings: list[Finding]
    facts: CaseFacts
    charge: Charge | None
    acting: Acting

    @property
    def is_being_checked(self) -> bool:
        return any(finding.verdict.state is State.BEING_CHECKED for finding in self.findings)

    @property
    def is_eligible(self) -> bool:
        return all(finding.is_met for finding in self.findings)

    @property
    def failing(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.is_failed]


async def check_visa_eligibility(
    service: Residency, session: Session, principal: Principal, person: str, trips: Trips, stay: Stay
) -> Eligibility:
    """Answered at once from what is known; what is stale is asked for. Raises NotFound for a stranger's number."""
    acting = await _applicants(service, session, principal, person, AuthorisedService.EXIT_REENTRY)
    rules = service.rules()
    charge = visa_charge(trips, require_offered(stay, trips, rules), rules)
    facts, kept = await visa_facts(session, service, person, acting.for_whom(principal), stay)
    await ask_for(session, service, kept.missing)
    assert isinstance(facts, VisaFacts)
    return Eligibility(examine(visa_requirements.ENTITLED, facts), facts, charge, acting)


async def check_renewal_eligibility(
    service: Residency, session: Session, principal: Principal, person: str, period_months: int
) -> Eligibility:
    """Answered at once from what is known; what is stale is asked for. Raises NotFound for a stranger's number."""
    acting = await _applicants(service, session, principal, person, AuthorisedService.IQAMA_RENEWAL)
    facts, kept = await renewal_facts(session, service, person, period_months)
    await ask_for(session, service, kept.missing)
    findings = examine(renewal_requirements.ENTITLED, facts)
    return Eligibility(findings, facts, price_of(facts), acting)


def price_of(facts: RenewalFacts) -> Charge | None:
    """What a renewal costs today; None while the iqama is not known or the period is not offered to it."""
    person = facts.person
    if person is None or person.iqama_expires_on is None:
        return None
    if renewal_requirements.period_is_offered(facts).state is not State.MET:
        return None
    return renewal_charge(
        person.category, facts.period_months, person.iqama_expires_on, facts.earlier_late, facts.rules
    )


async def _applicants(
    service: Residency, session: Session, principal: Principal, person: str, code: AuthorisedService
) -> Acting:
    """As whom the principal may ask for this person. Raises NotFound, or EmployerNeeded for the holder alone."""
    acting = await require_acting(session, principal, person, code, service.clock.now())
    by = acting.by - {str(Actor.HOLDER)}
    if not by:
        raise EmployerNeeded
    return replace(acting, by=by)
