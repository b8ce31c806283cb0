"""May this person renew? Every requirement with what was found, before anybody fills in anything."""

from dataclasses import dataclass

from chassis.authority import Principal
from chassis.database import Session
from chassis.grants import Acting
from chassis.requirements import Finding, State, examine
from passport.domain.facts import Holder, RenewalFacts
from passport.domain.renewal import RENEWAL
from passport.domain.requirements import ELIGIBLE
from passport.queries import (
    ask_what_is_missing,
    facts_about_holder,
    kept_facts,
    open_application_id,
    require_acting,
)
from passport.wiring import Passport


@dataclass(frozen=True)
class Eligibility:
    """The findings, and the holder when the registry has answered."""

    person: str
    findings: list[Finding]
    holder: Holder | None
    facts: RenewalFacts
    acting: Acting

    @property
    def is_being_checked(self) -> bool:
        return any(finding.verdict.state is State.BEING_CHECKED for finding in self.findings)

    @property
    def is_eligible(self) -> bool:
        return all(finding.is_met for finding in self.findings)


async def check_eligibility(service: Passport, session: Session, principal: Principal, person: str) -> Eligibility:
    """Answered at once from what is known; what is stale is asked for. Raises NotFound for a stranger's number."""
    acting = await require_acting(session, principal, person, RENEWAL.name, service.clock.now())
    kept = await kept_facts(session, service, person)
    await ask_what_is_missing(session, service, person, kept)
    about = facts_about_holder(service, kept)
    facts = RenewalFacts(
        **{
            **vars(about),
            "applied_for_by_head": acting.for_whom(principal) != person,
            "another_is_open": await open_application_id(session, person) is not None,
        }
    )
    return Eligibility(person, examine(ELIGIBLE, facts), facts.holder, facts, acting)
