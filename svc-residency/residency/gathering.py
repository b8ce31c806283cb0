"""Gathering what a case is decided by: kept answers of the bodies outside, and what the rows here say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis import facts
from chassis.authority import Principal
from chassis.database import Session
from chassis.models import FactRow
from residency.domain.facts import Cover, FeeState, Owed, Record, Whereabouts
from residency.domain.renewal_requirements import RenewalFacts
from residency.domain.stay import Stay
from residency.domain.visa_requirements import VisaFacts
from residency.models import ExitReentryVisa, IqamaRenewal
from residency.queries import another_visa_in_force, fined_renewals_of, residence_of
from residency.wiring import Residency

REGISTRY, DUES, INSURANCE, LABOUR, PORTS = (
    "registry.person",
    "dues.open",
    "insurance.policy",
    "labour.permit",
    "ports.movement",
)
KINDS = {REGISTRY: "registry", DUES: "dues", INSURANCE: "insurance", LABOUR: "labour", PORTS: "ports"}
"""Kinds of fact, each with its name in rule residency.facts.fresh_for."""
FRESH_FOR = "residency.facts.fresh_for"
PATIENCE = "residency.facts.patience"
OF_VISA_HOLDER = (REGISTRY, DUES, PORTS)
OF_VISA_APPLICANT = (REGISTRY, DUES)
OF_RENEWAL_HOLDER = (REGISTRY, DUES, INSURANCE, LABOUR, PORTS)

Wanted = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Kept:
    """Answers that are fresh, by person and kind, and what has to be asked for."""

    answers: Mapping[tuple[str, str], tuple[Mapping[str, Any], datetime]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, person: str, kind: str) -> Mapping[str, Any] | None:
        """The fresh answer, or None while the body is being asked."""
        found = self.answers.get((person, kind))
        return found[0] if found else None

    def answered_at(self, person: str, kind: str) -> datetime | None:
        """When the fresh answer came in."""
        found = self.answers.get((person, kind))
        return found[1] if found else None


async def kept_answers(session: Session, service: Residency, wanted: Wanted) -> Kept:
    """What the bodies told of these people, in one statement. Rules residency.facts.fresh_for and .patience.

    An answer that was asked for again counts as not there until the new one has come. A question that is under way is
    asked once more only after the rule's patience: until then its sender tries by itself.
    """
    now, rules = service.clock.now(), service.rules()
    table, patience = rules.table(FRESH_FOR), timedelta(seconds=rules.number(PATIENCE))
    pairs = [(person, kind) for person, kinds in wanted.items() for kind in kinds]
    rows = await session.execute(
        sa.select(FactRow.subject, FactRow.kind, FactRow.value, FactRow.asked_at, FactRow.answered_at).where(
            sa.tuple_(FactRow.subject, FactRow.kind).in_(pairs)
        )
    )
    answers: dict[tuple[str, str], tuple[Mapping[str, Any], datetime]] = {}
    under_way: set[tuple[str, str]] = set()
    for person, kind, value, asked_at, answered_at in rows:
        is_asked_again = asked_at is not None and (answered_at is None or asked_at > answered_at)
        if is_asked_again:
            if now - asked_at < patience:
                under_way.add((person, kind))
        elif value is not None and now - answered_at <= timedelta(seconds=table[KINDS[kind]]):
            answers[person, kind] = (value, answered_at)
    missing = {
        person: tuple(kind for kind in kinds if (person, kind) not in answers and (person, kind) not in under_way)
        for person, kinds in wanted.items()
    }
    return Kept(answers, {person: kinds for person, kinds in missing.items() if kinds})


async def ask_for(session: Session, service: Residency, wanted: Wanted) -> None:
    """Ask the bodies; what is under way is not asked twice."""
    for person, kinds in wanted.items():
        await facts.ask(session, service, person, kinds, service.clock.now())


async def ask_apart(service: Residency, principal: Principal, wanted: Wanted) -> None:
    """Ask in a transaction of its own: the refusal that follows takes this one back."""
    if wanted:
        async with service.database.transaction(principal.sight, now=service.clock.now()) as apart:
            await ask_for(apart, service, wanted)


async def visa_facts(
    session: Session,
    service: Residency,
    person: str,
    applicant: str,
    stay: Stay,
    visa: ExitReentryVisa | None = None,
) -> tuple[VisaFacts, Kept]:
    """Everything the moves of a visa ask for, asked for by this applicant; of a visa that exists already or not yet."""
    wanted = {person: OF_VISA_HOLDER} if person == applicant else {person: OF_VISA_HOLDER, applicant: OF_VISA_APPLICANT}
    kept = await kept_answers(session, service, wanted)
    about = VisaFacts(
        rules=service.rules(),
        person=await _with_residence(session, person, Record.told(kept.of(person, REGISTRY))),
        owed=Owed.told(kept.of(person, DUES)),
        whereabouts=Whereabouts.told(kept.of(person, PORTS)),
        stay=stay,
        applicant=Record.told(kept.of(applicant, REGISTRY)),
        applicant_owed=Owed.told(kept.of(applicant, DUES)),
        another_in_force=await another_visa_in_force(session, person, visa.id if visa else None),
    )
    if visa is None:
        return about, kept
    return replace(about, fee_state=FeeState(visa.fee_state), cancel_by=visa.cancel_by), kept


def bare_visa_facts(service: Residency, visa: ExitReentryVisa) -> VisaFacts:
    """What the row itself says; enough for moves that ask nothing of bodies outside."""
    return VisaFacts(
        rules=service.rules(), stay=visa.stay, fee_state=FeeState(visa.fee_state), cancel_by=visa.cancel_by
    )


async def renewal_facts(
    session: Session, service: Residency, person: str, period_months: int, renewal: IqamaRenewal | None = None
) -> tuple[RenewalFacts, Kept]:
    """Everything the moves of a renewal ask for."""
    kept = await kept_answers(session, service, {person: OF_RENEWAL_HOLDER})
    about = RenewalFacts(
        rules=service.rules(),
        person=await _with_residence(session, person, Record.told(kept.of(person, REGISTRY))),
        owed=Owed.told(kept.of(person, DUES)),
        whereabouts=Whereabouts.told(kept.of(person, PORTS)),
        insurance=Cover.policy_told(kept.of(person, INSURANCE)),
        work_permit=Cover.permit_told(kept.of(person, LABOUR)),
        earlier_late=await fined_renewals_of(session, person),
        period_months=period_months,
        fee_state=FeeState(renewal.fee_state) if renewal else FeeState.NONE,
    )
    return about, kept


def bare_renewal_facts(service: Residency, renewal: IqamaRenewal) -> RenewalFacts:
    """What the row itself says; enough for moves that ask nothing of bodies outside."""
    return RenewalFacts(
        rules=service.rules(), period_months=renewal.period_months, fee_state=FeeState(renewal.fee_state)
    )


async def _with_residence(session: Session, person: str, record: Record | None) -> Record | None:
    """The iqama as it was last renewed here, which the registry may not have heard of yet."""
    if record is None or record.iqama_expires_on is None:
        return record
    kept = await residence_of(session, person)
    if kept is None or kept.valid_until <= record.iqama_expires_on:
        return record
    return replace(record, iqama_expires_on=kept.valid_until)
