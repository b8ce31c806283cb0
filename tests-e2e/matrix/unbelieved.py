"""What an old or a belied copy of relations may decide: an end its owner knows counts at once; silence is a 503."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import asyncpg
import sqlalchemy as sa

from contracts.events_identity import RelationChanged
from matrix.asking import Answer
from matrix.cast import BY_NAME, LONG_AGO, NOW, OWNERS, Member
from matrix.checks import Multiplier
from matrix.judging import Tally
from matrix.pivot import Pivot, Route
from matrix.stage import SYSTEM, Stage, believe

AWAY = "relations-unconfirmed"
_RELATIVES = ("household_head.active", "sponsor.active")


async def try_unheard_ends(pivot: Pivot, stage: Stage) -> Tally:
    """The relation ended at its owner and the event is not here: no act succeeds, and no read by a copy grown old."""
    tally = Tally()
    routes = _through_relations(pivot, stage)
    members = [BY_NAME[name] for name in _RELATIVES if any(route.allows(BY_NAME[name]) for route in routes)]
    await _tell_ends(stage, members)
    await believe(stage.database, (NOW.replace(year=NOW.year - 1)).isoformat())
    try:
        for member in members:
            for route in (route for route in routes if route.allows(member)):
                answer = await _asked(pivot, stage, route, member)
                tally.checks += 1
                tally.denied += 1
                if answer.status != 404:
                    tally.wrong.append(_line(stage, route, member, "an end its owner knows", answer))
                await _unhear(stage, member)
    finally:
        stage.owner.ended.clear()
        await believe(stage.database)
    return tally


async def try_silence(pivot: Pivot, stage: Stage) -> Tally:
    """The copy is old and its owner away: through relations and roles 503 with Retry-After, one's own goes on."""
    tally = Tally()
    await believe(stage.database, (NOW.replace(year=NOW.year - 1)).isoformat())
    stage.owner.away = True
    try:
        async with stage.rehearsal():
            for name in (*_RELATIVES, "officer.assigned", "clerk.active", "operator.active", "holder.self"):
                for route in pivot.of(stage.name):
                    if route.allows(BY_NAME[name]) and route.does in ("get", "act"):
                        await _try_one(pivot, stage, route, BY_NAME[name], tally)
    finally:
        stage.owner.away = False
        await believe(stage.database)
    return tally


async def _try_one(pivot: Pivot, stage: Stage, route: Route, member: Member, tally: Tally) -> None:
    answer = await _asked(pivot, stage, route, member)
    tally.checks += 1
    if member.actor == "holder":
        tally.allowed += 1
        if answer.status not in route.answers:
            tally.wrong.append(_line(stage, route, member, "one's own while relations are silent", answer))
        return
    tally.denied += 1
    if (answer.status, answer.slug) != (503, AWAY) or not answer.headers.get("retry-after", "").isdigit():
        tally.wrong.append(_line(stage, route, member, "through a relation while its owner is away", answer))


def _through_relations(pivot: Pivot, stage: Stage) -> list[Route]:
    return [route for route in pivot.of(stage.name) if route.does in ("get", "act") and route.door != "desk"]


async def _asked(pivot: Pivot, stage: Stage, route: Route, member: Member) -> Answer:
    thing = stage.thing(route.object, member)
    who = replace(member, number=thing.owner) if member.actor == "holder" else member
    return await stage.ask(Multiplier(pivot, stage).request(route, who, thing))


async def _tell_ends(stage: Stage, members: list[Member]) -> None:
    """Have the owner say that every relation of these members to the owners of things has ended."""
    connection = await asyncpg.connect(stage.database.verify_dsn)
    try:
        for member in members:
            rows = await connection.fetch(
                "select id, relation, subject, object from relations where subject = $1 and object = any($2)",
                member.number,
                list(OWNERS),
            )
            stage.owner.ended[member.number] = [
                RelationChanged(
                    relation_id=row["id"],
                    relation=row["relation"],
                    subject=row["subject"],
                    object=row["object"],
                    starts_at=LONG_AGO,
                    ends_at=NOW,
                    changed_at=NOW + timedelta(days=1),
                )
                for row in rows
            ]
    finally:
        await connection.close()


async def _unhear(stage: Stage, member: Member) -> None:
    """Make the copy what it was: the end was heard by asking, and the next route has to ask for itself."""
    statement = (
        "update relations set ends_at = null, changed_at = :long_ago where subject = :subject and object = any(:to)"
    )
    values = {"long_ago": LONG_AGO, "subject": member.number, "to": list(OWNERS)}
    async with stage.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.text(statement), values)


def _line(stage: Stage, route: Route, member: Member, what: str, answer: Answer) -> str:
    return f"{stage.name}: {route.name} by {member.name}: {what}: answered {answer.status} {answer.slug}"
