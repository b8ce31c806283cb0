"""The sample's lifecycle, rows, routes and reactions in one place."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from pydantic_settings import SettingsConfigDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.authority import find, visible
from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.database import Base as Mechanism
from chassis.database import Database, Session
from chassis.events.outbox import record
from chassis.events.reactions import Reactions
from chassis.http.app import create_app
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute, service_of
from chassis.identifiers import new_reference
from chassis.lifecycle import Lifecycle, move
from chassis.models import Case
from chassis.paging import CursorParam, LimitParam, Page, page_of
from chassis.refusals import Conflict
from chassis.requirements import Verdict, holds, requirement
from chassis.rulebook import Rulebook, RulesOnDay
from chassis.settings import ServiceSettings
from chassis.wiring import Service
from contracts.events import ContactChanged, TicketOpened


class SampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="SAMPLE_", extra="forbid", frozen=True)


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=Mechanism.metadata.naming_convention)
    type_annotation_map = Mechanism.type_annotation_map


class Status(StrEnum):
    FILED = "filed"
    STAMPED = "stamped"
    TORN = "torn"


class Action(StrEnum):
    STAMP = "stamp"
    TEAR = "tear"


@dataclass(frozen=True)
class PaperFacts:
    title: str
    rules: RulesOnDay


@requirement(remedy="shorten_title", rule="sample.paper.longest_title")
def title_is_short(facts: PaperFacts) -> Verdict:
    longest = facts.rules.number("sample.paper.longest_title")
    return holds(len(facts.title) <= longest, len(facts.title), longest=longest)


PAPER: Lifecycle[Status, Action, PaperFacts] = Lifecycle(
    "paper",
    Status,
    Status.FILED,
    [
        move(Action.STAMP, Status.FILED, Status.STAMPED, by="holder", needs=[title_is_short]),
        move(Action.TEAR, [Status.FILED, Status.STAMPED], Status.TORN, by="system"),
    ],
)


class Paper(Case, Base):
    __tablename__ = "papers"
    lifecycle: ClassVar = PAPER
    title: Mapped[str]


class Effect(Base):
    __tablename__ = "effects"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    aggregate: Mapped[str]
    what: Mapped[str]


class NewPaper(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    fail_at_commit: bool = False


class PaperView(BaseModel):
    id: UUID
    status: str
    title: str


ServiceDep = Annotated[Service, Depends(service_of)]
router = APIRouter(route_class=UnitRoute)


@router.post("/v1/papers", status_code=201, dependencies=[OnceDep])
async def file_paper(new: NewPaper, service: ServiceDep, session: SessionDep, principal: PrincipalDep) -> PaperView:
    now = service.clock.now()
    paper = Paper(
        reference=new_reference("SMP"),
        person=principal.subject,
        status="filed",
        opened_at=now,
        moved_at=now,
        title=new.title,
    )
    session.add(paper)
    await session.flush()
    if new.fail_at_commit:
        await session.execute(sa.text("create temp table t (a int primary key deferrable initially deferred)"))
        await session.execute(sa.text("insert into t values (1), (1)"))
    if new.title == "refuse me":
        raise Conflict("conflict")
    await record(session, TicketOpened(ticket_id=paper.id, reference=paper.reference, person=paper.person), now)
    return PaperView(id=paper.id, status=paper.status, title=paper.title)


@router.post("/v1/papers/{paper_id}/stamp", dependencies=[OnceDep])
async def stamp(paper_id: UUID, service: ServiceDep, session: SessionDep, principal: PrincipalDep) -> PaperView:
    now = service.clock.now()
    seen = visible(principal, Paper.person, through=["household_head"], now=now)
    paper = await find(session, sa.select(Paper).where(Paper.id == paper_id, seen).with_for_update())
    facts = PaperFacts(paper.title, service.rules())
    paper.move(session, Action.STAMP, by="holder", actor=principal.subject, facts=facts, now=now)
    return PaperView(id=paper.id, status=paper.status, title=paper.title)


@router.get("/v1/papers")
async def list_papers(
    service: ServiceDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = 20,
) -> Page[PaperView]:
    seen = visible(principal, Paper.person, through=["household_head"], now=service.clock.now())
    rows, following = await page_of(session, sa.select(Paper).where(seen), Paper.id, cursor=cursor, limit=limit)
    return Page(items=[PaperView(id=row.id, status=row.status, title=row.title) for row in rows], next=following)


@router.get("/v1/papers/forgetful")
async def list_without_predicate(session: SessionDep, principal: PrincipalDep) -> list[str]:
    """A route whose writer forgot who may see what: the second wall has to hold."""
    return [str(paper_id) for paper_id in await session.scalars(sa.select(Paper.id))]


def create_service(settings: ServiceSettings, clock: Clock) -> Service:
    database = Database(settings.database_url, pool_size=settings.pool_size, name="sample")
    return Service("sample", settings, database, clock, Rulebook.of("sample"), Texts("chassis", "sample"))


def create_api(service: Service, verifier: Any = None) -> FastAPI:
    return create_app(service, [router], title="Sample", summary="For tests", verifier=verifier)


def reactions(failing: set[str]) -> Reactions:
    """`act` on TicketOpened and `copy` of ContactChanged; an aggregate named in `failing` makes its reaction fail."""
    declared = Reactions()

    async def effect(session: Session, aggregate: str, what: str) -> None:
        if aggregate in failing:
            raise RuntimeError("this reaction fails")
        session.add(Effect(aggregate=aggregate, what=what))

    @declared.act(TicketOpened)
    async def opened(service: Service, session: Session, event: TicketOpened) -> None:
        await effect(session, event.aggregate, event.reference)

    @declared.copy(ContactChanged)
    async def contact(service: Service, session: Session, event: ContactChanged) -> None:
        await effect(session, event.aggregate, event.mobile)

    return declared
