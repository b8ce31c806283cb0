"""Reads that have a name, each starting from what the reader may see."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from chassis.authority import Principal, find, standings, visible
from chassis.database import Session
from chassis.grants import Acting, grant_for, opened_by_grant
from chassis.models import CaseMoveRow, RelationRow
from chassis.refusals import NotFound
from contracts.authority import ACTOR_OF_RELATION, PERSON_RELATIONS, Actor, AuthorisedService
from residency.domain.exit_reentry_visa import IN_FORCE
from residency.domain.exit_reentry_visa import Status as VisaStatus
from residency.domain.iqama_renewal import ENDED as RENEWAL_ENDED
from residency.models import ExitReentryVisa, IqamaRenewal, Residence

C = TypeVar("C", ExitReentryVisa, IqamaRenewal)
PaidCase = ExitReentryVisa | IqamaRenewal

AT_ONCE = 200
"""How many cases one answer moves on; the rest are looked at again by their timers."""

_ALONE = sa.text("select pg_advisory_xact_lock(hashtextextended(:person, 0))")


def visas_seen(principal: Principal, now: datetime) -> sa.Select[ExitReentryVisa]:
    """Mine; of my workers and dependants those I asked for, and whoever asked, the one in force; by a grant the same."""
    grant = aliased(RelationRow)
    own = sa.and_(
        visible(principal, ExitReentryVisa.person, through=PERSON_RELATIONS, now=now),
        sa.or_(
            ExitReentryVisa.person == principal.subject,
            ExitReentryVisa.applicant == principal.subject,
            ExitReentryVisa.status.in_(IN_FORCE),
        ),
    )
    granted = sa.exists().where(
        _opened(principal, ExitReentryVisa, AuthorisedService.EXIT_REENTRY, grant, now),
        sa.or_(ExitReentryVisa.applicant == grant.object, ExitReentryVisa.status.in_(IN_FORCE)),
    )
    return sa.select(ExitReentryVisa).where(_of(principal, own, granted))


def renewals_seen(principal: Principal, now: datetime) -> sa.Select[IqamaRenewal]:
    """Mine, and of my workers and dependants those I asked for; by a grant the same."""
    grant = aliased(RelationRow)
    own = sa.and_(
        visible(principal, IqamaRenewal.person, through=PERSON_RELATIONS, now=now),
        sa.or_(IqamaRenewal.person == principal.subject, IqamaRenewal.applicant == principal.subject),
    )
    granted = sa.exists().where(
        _opened(principal, IqamaRenewal, AuthorisedService.IQAMA_RENEWAL, grant, now),
        IqamaRenewal.applicant == grant.object,
    )
    return sa.select(IqamaRenewal).where(_of(principal, own, granted))


def _opened(
    principal: Principal, kind: type[C], service: AuthorisedService, grant: Any, now: datetime
) -> sa.ColumnElement[bool]:
    return opened_by_grant(principal, kind.person, service, through=PERSON_RELATIONS, own=False, now=now, grant=grant)


def _of(principal: Principal, own: sa.ColumnElement[bool], granted: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Who says by which authorisation they act, sees by that alone."""
    return granted if principal.authorisation is not None else sa.or_(own, granted)


def residences_seen(principal: Principal, now: datetime) -> sa.Select[Residence]:
    """Mine, and those of my workers and dependants."""
    return sa.select(Residence).where(visible(principal, Residence.person, through=PERSON_RELATIONS, now=now))


async def visa_of(
    session: Session, principal: Principal, visa_id: uuid.UUID, now: datetime, *, lock: bool = False
) -> ExitReentryVisa:
    """The visa, if the principal may see it. Raises NotFound."""
    statement = visas_seen(principal, now).where(ExitReentryVisa.id == visa_id)
    return await find(session, statement.with_for_update() if lock else statement)


async def renewal_of(
    session: Session, principal: Principal, renewal_id: uuid.UUID, now: datetime, *, lock: bool = False
) -> IqamaRenewal:
    """The renewal, if the principal may see it. Raises NotFound."""
    statement = renewals_seen(principal, now).where(IqamaRenewal.id == renewal_id)
    return await find(session, statement.with_for_update() if lock else statement)


async def residence_by_id(session: Session, principal: Principal, residence_id: uuid.UUID, now: datetime) -> Residence:
    """The residence, if the principal may see it. Raises NotFound."""
    return await find(session, residences_seen(principal, now).where(Residence.id == residence_id))


async def any_case(session: Session, kind: type[C], case_id: uuid.UUID) -> C | None:
    """A case whoever it belongs to, locked: for the system's own sight."""
    found: C | None = await session.get(kind, case_id, with_for_update=True)
    return found


async def any_paid_case(session: Session, case_id: uuid.UUID) -> PaidCase | None:
    """The visa or renewal a payment belongs to, locked."""
    return await any_case(session, ExitReentryVisa, case_id) or await any_case(session, IqamaRenewal, case_id)


async def visas_waiting_for(session: Session, subject: str, now: datetime) -> list[ExitReentryVisa]:
    """Visas that an answer about this person may move on, locked in one order: being verified, or past their day."""
    verifying = sa.and_(
        sa.or_(ExitReentryVisa.person == subject, ExitReentryVisa.applicant == subject),
        ExitReentryVisa.status == VisaStatus.VERIFYING,
    )
    past = sa.and_(
        ExitReentryVisa.person == subject,
        ExitReentryVisa.status == VisaStatus.ISSUED,
        ExitReentryVisa.leave_by < sa.cast(sa.func.timezone("Asia/Riyadh", now), sa.Date),
    )
    rows = await session.scalars(
        sa.select(ExitReentryVisa)
        .where(sa.or_(verifying, past))
        .order_by(ExitReentryVisa.id)
        .limit(AT_ONCE)
        .with_for_update()
    )
    return list(rows)


async def renewals_waiting_for(session: Session, person: str, statuses: Iterable[str]) -> list[IqamaRenewal]:
    """Renewals that an answer about this person may move on, locked in one order."""
    rows = await session.scalars(
        sa.select(IqamaRenewal)
        .where(IqamaRenewal.person == person, IqamaRenewal.status.in_(list(statuses)))
        .order_by(IqamaRenewal.id)
        .with_for_update()
    )
    return list(rows)


async def another_visa_in_force(session: Session, person: str, besides: uuid.UUID | None) -> bool:
    """Whether this person has a visa in force that is not this one."""
    others = sa.select(ExitReentryVisa.id).where(ExitReentryVisa.person == person, ExitReentryVisa.status.in_(IN_FORCE))
    if besides is not None:
        others = others.where(ExitReentryVisa.id != besides)
    return await session.scalar(others.limit(1)) is not None


async def lapsed_before(session: Session, applicant: str) -> int:
    """How many visas this applicant let lapse and was fined for."""
    return int(
        await session.scalar(
            sa.select(sa.func.count())
            .select_from(ExitReentryVisa)
            .where(ExitReentryVisa.applicant == applicant, ExitReentryVisa.status == VisaStatus.LAPSED)
        )
        or 0
    )


async def fined_renewals_of(session: Session, person: str) -> int:
    """How many renewals of this person were fined for being late."""
    return int(
        await session.scalar(
            sa.select(sa.func.count())
            .select_from(IqamaRenewal)
            .where(
                IqamaRenewal.person == person, IqamaRenewal.valid_until.is_not(None), IqamaRenewal.late_fine_minor > 0
            )
        )
        or 0
    )


async def open_renewal_id(session: Session, person: str) -> uuid.UUID | None:
    """The renewal of this person that has not ended, if there is one."""
    found: uuid.UUID | None = await session.scalar(
        sa.select(IqamaRenewal.id).where(IqamaRenewal.person == person, IqamaRenewal.status.not_in(RENEWAL_ENDED))
    )
    return found


async def residence_of(session: Session, person: str, *, lock: bool = False) -> Residence | None:
    """The kept residence of a person."""
    statement = sa.select(Residence).where(Residence.person == person)
    found: Residence | None = await session.scalar(statement.with_for_update() if lock else statement)
    return found


async def visa_number_is_free(session: Session, number: str) -> bool:
    """Whether no visa was ever given this number."""
    taken = sa.select(ExitReentryVisa.id).where(ExitReentryVisa.visa_number == number)
    return await session.scalar(taken) is None


async def moves_of(session: Session, case: PaidCase) -> list[CaseMoveRow]:
    """The history of a case, oldest first."""
    rows = await session.scalars(
        sa.select(CaseMoveRow)
        .where(CaseMoveRow.case_kind == case.lifecycle.name, CaseMoveRow.case_id == case.id)
        .order_by(CaseMoveRow.version)
    )
    return list(rows)


async def acted_for(session: Session, case: PaidCase) -> dict[str, str]:
    """Both names, when the person who last moved the case did it by an authorisation; nothing when in their own right."""
    row = await session.scalar(
        sa.select(CaseMoveRow)
        .where(
            CaseMoveRow.case_kind == case.lifecycle.name,
            CaseMoveRow.case_id == case.id,
            CaseMoveRow.standing != Actor.SYSTEM,
        )
        .order_by(CaseMoveRow.version.desc())
        .limit(1)
    )
    if row is None or row.on_behalf_of is None:
        return {}
    return {"acted_by": row.actor, "on_behalf_of": row.on_behalf_of}


async def acting_of(
    session: Session, principal: Principal, person: str, service: AuthorisedService | None, now: datetime
) -> Acting:
    """As whom the principal acts on this person's record: holder, employer, head of household, or by their grant.

    Nobody is an empty one. `service` is what the grant has to be for; one's own standing goes first.
    """
    if principal.is_staff:
        return Acting(frozenset())
    if principal.authorisation is None:
        found = await standings(session, principal, person, now)
        actors = {str(ACTOR_OF_RELATION[relation]) for relation in PERSON_RELATIONS if relation in found}
        if own := actors | ({str(Actor.HOLDER)} if "self" in found else set()):
            return Acting(frozenset(own))
    grant = None
    if service is not None:
        grant = await grant_for(session, principal, person, service, through=PERSON_RELATIONS, own=False, now=now)
    return Acting(frozenset() if grant is None else frozenset({str(Actor.GRANTEE)}), grant)


async def require_acting(
    session: Session, principal: Principal, person: str, service: AuthorisedService, now: datetime
) -> Acting:
    """As whom the principal may act for this person. Raises NotFound: who is not theirs does not exist."""
    acting = await acting_of(session, principal, person, service, now)
    if not acting.by:
        raise NotFound
    return acting


async def alone_with(session: Session, person: str) -> None:
    """Nobody else decides about this person's visas until the transaction ends."""
    await session.execute(_ALONE, {"person": f"visa:{person}"})
