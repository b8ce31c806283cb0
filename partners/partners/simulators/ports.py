"""The simulated border ports: `/ports`, and the control call that lets somebody leave or enter."""

from fastapi import APIRouter
from sqlalchemy import select

from chassis.database import Session
from partners.ports import Movement, MovementKind, Movements
from partners.simulators.models import MovementRow
from partners.simulators.people import ComputedPerson
from partners.simulators.wire import Question
from partners.simulators.world import World


class MovementsQuestion(Question):
    person: str


class NewMovement(Question):
    person: str
    kind: MovementKind
    port: str = "King Khalid International Airport"


def routes(world: World) -> APIRouter:
    router = APIRouter(prefix="/ports", tags=["ports"])

    @router.post("/movements/lookup")
    async def movements(question: MovementsQuestion) -> Movements:
        await world.faults.meet("ports", question.person)
        person = world.person(question.person)
        async with world.transaction() as session:
            last_exit = await _last(session, question.person, "exit")
            last_entry = await _last(session, question.person, "entry")
        return Movements(
            **world.stamp("PRT"),
            last_exit=last_exit,
            last_entry=last_entry,
            inside_kingdom=await is_inside(world, person),
        )

    return router


def controls(world: World) -> APIRouter:
    router = APIRouter(prefix="/ports", tags=["control"])

    @router.post("/movements", status_code=201)
    async def move(order: NewMovement) -> Movement:
        """Let a person leave or enter now."""
        world.person(order.person)
        async with world.transaction() as session:
            row = MovementRow(person=order.person, kind=order.kind, port=order.port, moved_at=world.clock.now())
            session.add(row)
            await session.flush()
            return _told(row)

    return router


async def is_inside(world: World, person: ComputedPerson) -> bool:
    """Whether somebody is in the Kingdom: by their last movement, or as computed where none was recorded."""
    async with world.transaction() as session:
        last = await session.scalar(
            select(MovementRow.kind).where(MovementRow.person == person.number).order_by(MovementRow.id.desc()).limit(1)
        )
    return person.magic.inside_kingdom if last is None else last == "entry"


async def _last(session: Session, person: str, kind: MovementKind) -> Movement | None:
    row = await session.scalar(
        select(MovementRow)
        .where(MovementRow.person == person, MovementRow.kind == kind)
        .order_by(MovementRow.id.desc())
        .limit(1)
    )
    return None if row is None else _told(row)


def _told(row: MovementRow) -> Movement:
    return Movement.model_validate(
        {"number": f"MV{row.id:010d}", "kind": row.kind, "port": row.port, "moved_at": row.moved_at}
    )
