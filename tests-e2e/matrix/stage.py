"""The stage: a service's own application over a real database with its walls up, furnished once with everybody's things."""

from __future__ import annotations

import hashlib
import json
import uuid
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from types import ModuleType
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.authority import open_relation
from chassis.clock import machine_now
from chassis.database import Session, Sight, see_as
from chassis.http.app import wrapped
from chassis.http.client import Unreachable
from chassis.http.ends import Ends
from chassis.http.tokens import LONGEST_LIFE_S
from chassis.testing.tokens import TokenMint
from chassis.wiring import Service
from contracts.events_identity import RelationChanged
from deploy.embedded.databases import ServiceDatabase
from matrix import furniture
from matrix.asking import Answer, Asked, ask
from matrix.cast import BY_NAME, CAST, LONG_AGO, OWNERS, PEOPLE, SIBLING, Member, StillClock

SYSTEM = Sight.system("matrix")
FreshDatabase = Callable[[str], Awaitable[ServiceDatabase]]


@dataclass(frozen=True)
class Thing:
    """Something of somebody's: how a route names it, what must never be seen of it, who opened it (None: no matter)."""

    kind: str
    owner: str
    names: dict[str, str]
    marks: tuple[str, ...] = ()
    opener: str | None = None
    seen_by_others: bool = True
    assigned: bool = True

    @property
    def id(self) -> str:
        return next(iter(self.names.values()))


@dataclass
class Stage:
    """One service and everything on it."""

    service: Service
    api: Any
    app: Any
    mint: TokenMint
    database: ServiceDatabase
    things: list[Thing] = field(default_factory=list)
    owner: AgreeingOwner = field(default_factory=lambda: AgreeingOwner())
    grantor: str = ""
    rehearsing: bool = False
    peek: str = ""
    peeked: Any = None
    _bearers: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.service.name

    # ── who asks ────────────────────────────────────────────────────────────────────────────────────────────────────

    def bearer(self, member: Member) -> tuple[tuple[str, str], ...]:
        """The Authorization header of somebody of the cast."""
        who = f"{member.name} {member.number}"
        if who not in self._bearers:
            self._bearers[who] = tuple(self._signed(member))
        return self._bearers[who]

    def _signed(self, member: Member) -> Iterable[tuple[str, str]]:
        if member.kind == "nobody":
            return []
        # As long as a token may be good: on a busy machine a service's requests take longer than the usual five minutes.
        issued = int(machine_now().timestamp())
        more: dict[str, Any] = {"sid": session_of(member), "iat": issued, "exp": issued + LONGEST_LIFE_S}
        more |= {"scope": member.scope, "client_id": member.client}
        if member.kind == "client":
            more |= {"person": None, "client_id": "outside", "sub": "client:outside"}
        if member.kind == "ended":
            more |= {"sub": account_of(member)}
        return self.mint.bearer(member.number, kind=member.says, **more).items()

    async def ask(self, asked: Asked) -> Answer:
        return await ask(self.app, asked)

    # ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────

    def thing(self, kind: str, member: Member | None = None) -> Thing:
        """The owners' thing of this kind; where everybody of the cast opened one for the owner, the member's own."""
        found = [each for each in self.things if each.kind == kind and each.owner in OWNERS]
        if member is not None and (own := [each for each in found if each.opener == member.number]):
            return own[0]
        standard = [each for each in found if each.opener in (None, BY_NAME["sponsor.active"].number)]
        return (standard or found)[0]

    def own(self, kind: str, number: str) -> Thing | None:
        """Somebody's own thing of this kind."""
        return next((each for each in self.things if each.kind == kind and each.owner == number), None)

    def secrets(self, besides: Iterable[str] = ()) -> list[bytes]:
        """Everything that tells of the owners or their things."""
        allowed = set(besides)
        marks = {mark for each in self.things if each.owner in OWNERS for mark in each.marks}
        return [mark.encode() for mark in sorted(marks | set(OWNERS)) if mark not in allowed]

    # ── looking from outside ────────────────────────────────────────────────────────────────────────────────────────

    async def digest(self) -> dict[str, str]:
        """A digest of every row of every table, read past the walls."""
        connection = await asyncpg.connect(self.database.verify_dsn)
        try:
            names = await connection.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
            found = {}
            for (table,) in names:
                rows = await connection.fetch(f'select t::text from "{table}" t order by 1')
                text = "\n".join(row[0] for row in rows)
                found[table] = f"{len(rows)}:{hashlib.sha256(text.encode()).hexdigest()}"
            return found
        finally:
            await connection.close()

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[None]:
        """Inside, whatever a request does is done in full and then taken back instead of committed."""
        self.rehearsing = True
        try:
            yield
        finally:
            self.rehearsing = False

    async def close(self) -> None:
        await self.service.close()


def _rehearse(stage: Stage) -> None:
    """Give the service transactions that end without a commit while a rehearsal is on."""
    database = stage.service.database
    for_good = database.transaction

    @asynccontextmanager
    async def transaction(sight: Sight | None = None, *, now: Any = None) -> AsyncIterator[Session]:
        if not stage.rehearsing:
            async with for_good(sight, now=now) as session:
                yield session
            return
        async with AsyncSession(database.engine, expire_on_commit=False, autoflush=False) as session:
            if sight is not None:
                await see_as(session, sight, now)
            yield session
            await session.flush()
            await session.execute(sa.text("set constraints all immediate"))
            if stage.peek:
                await see_as(session, SYSTEM)
                stage.peeked = (await session.execute(sa.text(stage.peek))).all()
            await session.rollback()

    database.transaction = transaction  # type: ignore[method-assign]


class AgreeingOwner:
    """The service relations are kept by, as far as the matrix goes: it has nothing to add, unless told to."""

    def __init__(self) -> None:
        self.ended: dict[str, list[RelationChanged]] = {}
        self.away = False

    async def changed(self, token: str, since: Any) -> list[RelationChanged]:
        """What ended at the owner and is not known here yet, for whoever asks."""
        if self.away:
            raise Unreachable("identity", "away")
        payload = token.split(".")[1]
        return self.ended.get(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["person"], [])

    async def close(self) -> None:
        """Nothing was opened."""


def session_of(member: Member) -> str:
    """The session a member's tokens name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, member.name))


def account_of(member: Member) -> str:
    """The account an ended member's tokens name."""
    return f"account-of-{member.name}"


async def _heard() -> Ends:
    """What a service hears of the ended: that a suspended one's session was ended, and a dead one's account stopped."""
    ended = [session_of(each) for each in CAST if each.actor == "suspended"]
    now = machine_now().timestamp()
    stopped = {account_of(each): now + LONGEST_LIFE_S for each in CAST if each.actor == "dead"}

    async def told(_: str) -> Any:
        return {"ended": ended, "stopped": stopped, "after": "1", "more": False}

    ends = Ends(told, 86_400)
    await ends.hear()
    return ends


async def believe(database: ServiceDatabase, until: str = "2999-01-01") -> None:
    """The copy of relations is as new as can be; how old ones are treated is asked for itself."""
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute(
            f"insert into relation_sources values ('identity', '{until}')"
            f" on conflict (source) do update set current_at = '{until}'"
        )
    finally:
        await connection.close()


async def build(name: str, fresh: FreshDatabase, mint: TokenMint, **settings: Any) -> Stage:
    """A furnished stage of one service."""
    database = await fresh(name)
    await believe(database)
    room: ModuleType = furniture.of(name)
    service = room.create_service(database.run_dsn, StillClock(sandbox=True), **settings)
    verifier = mint.verifier()
    verifier.ends = await _heard()
    api = room.create_api(service, verifier)
    stage = Stage(service, api, wrapped(api), mint, database, grantor=room.GRANTS[0])
    if api.state.relations_owner is not None:
        api.state.relations_owner = stage.owner
    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        await _furnish(room, stage, session)
        await _tie(stage, session, room)
    _rehearse(stage)
    return stage


class Rows:
    """Rows as they are thought of; written parents first."""

    def __init__(self) -> None:
        self._rows: list[Any] = []

    def add(self, row: Any) -> None:
        self._rows.append(row)

    async def write(self, session: Session) -> None:
        order = {table.name: place for place, table in enumerate(type(self._rows[0]).metadata.sorted_tables)}
        for place in sorted(set(order.values())):
            session.add_all(row for row in self._rows if order[row.__tablename__] == place)
            await session.flush()


async def _furnish(room: ModuleType, stage: Stage, session: Session) -> None:
    """The owners' things at every point of their life, a sibling's, and a set of their own for everybody."""
    rows = Rows()
    stage.things += room.owners_things(stage.service, rows, OWNERS)
    for number in [SIBLING, *(member.number for member in PEOPLE)]:
        stage.things += room.own_things(stage.service, rows, number)
    await rows.write(session)


async def _tie(stage: Stage, session: Session, room: ModuleType) -> None:
    """Every relation of the cast, as far as this service has use for it; a case has one assignee at a time."""
    cases = [each.id for each in stage.things if each.owner in OWNERS and each.assigned]
    siblings = [each.id for each in stage.things if each.owner == SIBLING and each.assigned]
    grantor, granted = room.GRANTS
    targets = {
        "@owner": list(OWNERS), "@sibling": [SIBLING], "@case": cases, "@sibling_case": siblings,
        "@grantor": list(OWNERS) if grantor == "@owner" else [BY_NAME[grantor].number] if grantor else [],
    }  # fmt: skip
    for relation, subject, object_, scope in getattr(room, "MORE_TIES", ()):
        await open_relation(session, relation, subject, object_, LONG_AGO, scope=scope, source=stage.name)
    for member in CAST:
        for tie in member.ties:
            if tie.relation == "assignee" and member.actor != room.ASSIGNEE:
                continue
            subjects = OWNERS if tie.subject == "@owner" else [tie.subject or member.number]
            for subject, object_ in product(subjects, targets.get(tie.object, [tie.object])):
                for scope in granted if tie.scope == "@granted" else [tie.scope or None]:
                    if subject != object_:
                        await open_relation(
                            session, tie.relation, subject, object_, tie.starts_at, ends_at=tie.ends_at, scope=scope,
                            narrowed_to=tie.narrowed_to or None,
                        )  # fmt: skip
