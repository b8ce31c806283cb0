"""Open one case: what it says, what its reader can do with it now, and what stands in the way.

A holder reads where their case stands; what the bodies say of the applicant is for the applicant alone.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.freezes import frozen_until
from chassis.grants import Acting
from chassis.lifecycle import OpenAction
from chassis.models import CaseMoveRow
from chassis.requirements import Finding, State, examine
from contracts.authority import AuthorisedService
from residency.domain import exit_reentry_visa, iqama_renewal, renewal_requirements, visa_requirements
from residency.domain.facts import CaseFacts
from residency.gathering import (
    Kept,
    ask_for,
    bare_renewal_facts,
    bare_visa_facts,
    renewal_facts,
    visa_facts,
)
from residency.models import AccountFreeze, ExitReentryVisa, IqamaRenewal, Residence
from residency.queries import PaidCase, acting_of, moves_of, renewal_of, residence_by_id, visa_of
from residency.wiring import Residency

_VISA_UNDECIDED = frozenset(
    {
        exit_reentry_visa.Status.REQUESTED,
        exit_reentry_visa.Status.AWAITING_PAYMENT,
        exit_reentry_visa.Status.FEE_RESERVED,
        exit_reentry_visa.Status.VERIFYING,
    }
)
_VISA_ASKED_ABOUT = _VISA_UNDECIDED | {exit_reentry_visa.Status.ISSUED}
_STOPPED_BY_A_FREEZE = (exit_reentry_visa.Status.FEE_RESERVED, exit_reentry_visa.Status.ISSUED)
_RENEWAL_UNDECIDED = frozenset(iqama_renewal.Status) - iqama_renewal.ENDED - {iqama_renewal.Status.RENEWING}


@dataclass(frozen=True)
class Reading:
    """A case as one reader sees it. `findings` are its requirements while they still decide something."""

    case: Any
    facts: CaseFacts
    findings: list[Finding]
    open_actions: list[OpenAction[Any]]
    moves: list[CaseMoveRow]

    @property
    def is_being_checked(self) -> bool:
        return any(finding.verdict.state is State.BEING_CHECKED for finding in self.findings)


async def read_visa(service: Residency, session: Session, principal: Principal, visa_id: uuid.UUID) -> Reading:
    """By its holder, employer or head of household. Raises NotFound."""
    now = service.clock.now()
    visa = await visa_of(session, principal, visa_id, now)
    acting = await acting_of(session, principal, visa.person, AuthorisedService.EXIT_REENTRY, now)
    _look(service, session, principal, visa, acting)
    is_asked = visa.status in _STOPPED_BY_A_FREEZE
    frozen = await frozen_until(session, AccountFreeze, principal, now) if is_asked else None
    return await visa_reading(service, session, visa, acting, acting.for_whom(principal), frozen)


async def visa_reading(
    service: Residency,
    session: Session,
    visa: ExitReentryVisa,
    acting: Acting,
    applicant: str,
    frozen: datetime | None = None,
) -> Reading:
    """Everything there is to say about a visa that its reader, perhaps `frozen` until then, may see.

    `applicant` would ask for it in their name.
    """
    status = exit_reentry_visa.Status(visa.status)
    if acting.by & set(exit_reentry_visa.APPLICANTS) and status in _VISA_ASKED_ABOUT:
        facts, kept = await visa_facts(session, service, visa.person, applicant, visa.stay, visa)
        await ask_for(session, service, kept.missing)
    else:
        facts, kept = bare_visa_facts(service, visa), Kept()
    facts = replace(facts, frozen_until=frozen)
    findings = examine(visa_requirements.ENTITLED, facts) if kept.answers and status in _VISA_UNDECIDED else []
    moves = await moves_of(session, visa)
    return Reading(visa, facts, findings, visa.lifecycle.open_actions(status, acting.by, facts), moves)


async def read_renewal(service: Residency, session: Session, principal: Principal, renewal_id: uuid.UUID) -> Reading:
    """By its holder, or the employer or head of household who opened it. Raises NotFound."""
    now = service.clock.now()
    renewal = await renewal_of(session, principal, renewal_id, now)
    acting = await acting_of(session, principal, renewal.person, AuthorisedService.IQAMA_RENEWAL, now)
    _look(service, session, principal, renewal, acting)
    return await renewal_reading(service, session, renewal, acting)


async def renewal_reading(service: Residency, session: Session, renewal: IqamaRenewal, acting: Acting) -> Reading:
    """Everything there is to say about a renewal that its reader may see."""
    status = iqama_renewal.Status(renewal.status)
    if acting.by & set(iqama_renewal.APPLICANTS) and status in _RENEWAL_UNDECIDED:
        facts, kept = await renewal_facts(session, service, renewal.person, renewal.period_months, renewal)
        await ask_for(session, service, kept.missing)
        findings = examine(renewal_requirements.ENTITLED, facts)
    else:
        facts, findings = bare_renewal_facts(service, renewal), []
    moves = await moves_of(session, renewal)
    return Reading(renewal, facts, findings, renewal.lifecycle.open_actions(status, acting.by, facts), moves)


async def read_residence(
    service: Residency, session: Session, principal: Principal, residence_id: uuid.UUID
) -> Residence:
    """By its holder, employer or head of household. Raises NotFound."""
    now = service.clock.now()
    residence = await residence_by_id(session, principal, residence_id, now)
    acting = await acting_of(session, principal, residence.person, None, now)
    audit.look(
        session,
        service,
        principal,
        standing=acting.standing,
        person=residence.person,
        object_=f"iqama:{residence.id}",
        purpose=acting.standing,
    )
    return residence


def _look(service: Residency, session: Session, principal: Principal, case: PaidCase, acting: Acting) -> None:
    audit.look(
        session,
        service,
        principal,
        standing=acting.standing,
        person=case.person,
        object_=case.reference,
        purpose=acting.standing,
        on_behalf_of=acting.on_behalf_of,
    )
