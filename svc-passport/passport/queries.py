"""Reads that have a name, each starting from what the reader may see, and the one gathering of a renewal's facts."""

import uuid
from datetime import datetime

import sqlalchemy as sa

from chassis.authority import Principal, find, standings, visible
from chassis.database import Session
from chassis.facts import Fact, ask, known
from chassis.grants import Acting, grant_for, opened_by_grant
from chassis.models import CaseMoveRow, RelationRow
from chassis.refusals import NotFound
from contracts.authority import ACTOR_OF_RELATION, Actor, AuthorisedService, Relation
from passport.domain.deadlines import freshness
from passport.domain.facts import FeeState, RenewalFacts, holder_told, short_addresses, traffic_dues
from passport.domain.renewal import ENDED, RENEWAL, Status
from passport.domain.requirements import TRAFFIC_FINES
from passport.models import Application, Booklet, PledgeAcceptance
from passport.wiring import Passport

THROUGH = (Relation.HOUSEHOLD_HEAD,)
SERVICE_OF = {RENEWAL.name: AuthorisedService.PASSPORT_RENEWAL}
"""What an electronic authorisation has to be for, by kind of application."""
REGISTRY, DUES, ADDRESSES = "registry.person", "dues.open", "post.addresses"
KINDS = {REGISTRY: "registry", DUES: "dues", ADDRESSES: "addresses"}


def _seen(principal: Principal, now: datetime) -> sa.ColumnElement[bool]:
    granted = sa.or_(
        *(
            sa.and_(
                Application.kind == kind,
                opened_by_grant(principal, Application.person, service, through=THROUGH, own=True, now=now),
            )
            for kind, service in SERVICE_OF.items()
        )
    )
    if principal.authorisation is not None:
        return granted  # who says by which authorisation they act, sees by that alone
    return sa.or_(visible(principal, Application.person, through=THROUGH, now=now), granted)


async def application_of(
    session: Session, service: Passport, principal: Principal, application_id: uuid.UUID, *, lock: bool = False
) -> Application:
    """The application if it is the principal's or their dependant's. Raises NotFound."""
    statement = sa.select(Application).where(Application.id == application_id, _seen(principal, service.clock.now()))
    return await find(session, statement.with_for_update() if lock else statement)


async def any_application(session: Session, application_id: uuid.UUID, *, lock: bool = True) -> Application | None:
    """The application whoever it belongs to: for the system, and for staff after their role was asked."""
    statement = sa.select(Application).where(Application.id == application_id)
    found: Application | None = await session.scalar(statement.with_for_update() if lock else statement)
    return found


async def application_by_reference(session: Session, reference: str) -> Application:
    """The application a clerk names by its reference, locked. Raises NotFound."""
    return await find(session, sa.select(Application).where(Application.reference == reference).with_for_update())


def applications_seen(principal: Principal, now: datetime) -> sa.Select[Application]:
    """Everything of mine and my dependants'."""
    return sa.select(Application).where(_seen(principal, now))


def work_list() -> sa.Select[Application]:
    """What waits for an officer."""
    return sa.select(Application).where(Application.status == Status.IN_REVIEW)


async def open_application_id(session: Session, person: str) -> uuid.UUID | None:
    """The application of this person that has not ended, if there is one."""
    found: uuid.UUID | None = await session.scalar(
        sa.select(Application.id).where(Application.person == person, Application.status.not_in(ENDED))
    )
    return found


async def acting_of(session: Session, principal: Principal, person: str, kind: str, now: datetime) -> Acting:
    """As whom the principal acts on this person's applications of a kind: holder, head of household, or by their grant.

    Nobody is an empty one. One's own standing goes first.
    """
    if principal.is_staff:
        return Acting(frozenset())
    if principal.authorisation is None:
        found = await standings(session, principal, person, now)
        if "self" in found:
            return Acting(frozenset({str(Actor.HOLDER)}))
        if own := frozenset(str(ACTOR_OF_RELATION[relation]) for relation in THROUGH if relation in found):
            return Acting(own)
    grant = await grant_for(session, principal, person, SERVICE_OF[kind], through=THROUGH, own=True, now=now)
    return Acting(frozenset() if grant is None else frozenset({str(Actor.GRANTEE)}), grant)


async def require_acting(session: Session, principal: Principal, person: str, kind: str, now: datetime) -> Acting:
    """As whom the principal may act for this person. Raises NotFound: who is not theirs does not exist."""
    acting = await acting_of(session, principal, person, kind, now)
    if not acting.by:
        raise NotFound
    return acting


async def kept_facts(session: Session, service: Passport, person: str) -> dict[str, Fact | None]:
    """What bodies outside told of this person, where it is fresh enough. Rule passport.facts.fresh_for."""
    return await known(session, person, freshness(service.rules(), KINDS), service.clock.now())


async def ask_what_is_missing(
    session: Session, service: Passport, person: str, facts: dict[str, Fact | None]
) -> list[str]:
    """Ask the bodies whose answer is missing or stale and needed today; returns the kinds asked for."""
    needed = [kind for kind, fact in facts.items() if fact is None]
    if DUES in needed and not service.rules().flag(TRAFFIC_FINES):
        needed.remove(DUES)
    await ask(session, service, person, needed, service.clock.now())
    return needed


def facts_about_holder(service: Passport, facts: dict[str, Fact | None]) -> RenewalFacts:
    """The facts of a person of whom there is no application yet."""
    told = {kind: None if fact is None else fact.value for kind, fact in facts.items()}
    holder, unknown = holder_told(told[REGISTRY])
    return RenewalFacts(
        rules=service.rules(),
        holder=holder,
        holder_is_unknown=unknown,
        traffic_dues_minor=traffic_dues(told[DUES]),
        addresses=short_addresses(told[ADDRESSES]),
    )


def facts_of_case(service: Passport, application: Application, about: RenewalFacts | None = None) -> RenewalFacts:
    """What the row itself says; enough for moves that ask nothing of bodies outside."""
    about = about or RenewalFacts(rules=service.rules())
    return RenewalFacts(
        rules=about.rules,
        holder=about.holder,
        holder_is_unknown=about.holder_is_unknown,
        traffic_dues_minor=about.traffic_dues_minor,
        addresses=about.addresses,
        applied_for_by_head=application.is_for_another,
        validity_years=application.validity_years,
        has_photo=application.photo_digest is not None,
        has_english_name=application.name_accepted_at is not None,
        short_address=application.short_address,
        reviewed=application.reviewed,
        fee_state=FeeState(application.fee_state),
        old_number=application.old_number,
        print_trouble=application.print_trouble,
    )


async def renewal_facts(
    session: Session, service: Passport, application: Application
) -> tuple[RenewalFacts, dict[str, Fact | None]]:
    """Everything the moves of this application ask for, and the kept answers it was taken from. Two statements."""
    kept = await kept_facts(session, service, application.person)
    about = facts_of_case(service, application, facts_about_holder(service, kept))
    accepted = await session.execute(
        sa.select(PledgeAcceptance.pledge, PledgeAcceptance.version).where(
            PledgeAcceptance.application_id == application.id
        )
    )
    pledges = frozenset((pledge, version) for pledge, version in accepted)
    return _with_pledges(about, pledges), kept


def _with_pledges(facts: RenewalFacts, pledges: frozenset[tuple[str, int]]) -> RenewalFacts:
    return RenewalFacts(**{**vars(facts), "pledges_accepted": pledges})


async def pledges_accepted(session: Session, application_id: uuid.UUID) -> list[PledgeAcceptance]:
    """Every pledge accepted for this application, in the order of acceptance."""
    found = await session.scalars(
        sa.select(PledgeAcceptance)
        .where(PledgeAcceptance.application_id == application_id)
        .order_by(PledgeAcceptance.id)
    )
    return list(found)


async def moves_of(session: Session, application_id: uuid.UUID) -> list[CaseMoveRow]:
    """The history of an application, oldest first."""
    found = await session.scalars(
        sa.select(CaseMoveRow)
        .where(CaseMoveRow.case_kind == RENEWAL.name, CaseMoveRow.case_id == application_id)
        .order_by(CaseMoveRow.version)
    )
    return list(found)


async def booklet_locked(session: Session, number: str | None) -> Booklet | None:
    """The booklet with this number, locked."""
    found: Booklet | None = await session.scalar(sa.select(Booklet).where(Booklet.number == number).with_for_update())
    return found


async def booklets_seen(session: Session, principal: Principal, now: datetime) -> list[Booklet]:
    """My booklets and my dependants', the newest first."""
    owned = visible(principal, Booklet.person, through=THROUGH, now=now)
    found = await session.scalars(sa.select(Booklet).where(owned).order_by(Booklet.known_at.desc()).limit(100))
    return list(found)


async def assignee_of(session: Session, application_id: uuid.UUID, now: datetime) -> str | None:
    """The staff number of the officer who has the case now."""
    found: str | None = await session.scalar(
        sa.select(RelationRow.subject).where(
            RelationRow.relation == Relation.ASSIGNEE,
            RelationRow.object == str(application_id),
            RelationRow.starts_at <= now,
            sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
        )
    )
    return found
