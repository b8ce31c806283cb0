"""The only place that opens connections and commits. One request or message is one transaction.

A transaction carries a *sight*: whose records it may see. PostgreSQL's row-level security reads it (transaction-local),
so that a query that forgot its predicate still shows nothing of others.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from socket import gaierror
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from chassis.refusals import Unavailable

Session = AsyncSession

CONNECT_S = 3.0
POOL_WAIT_S = 1.0
STATEMENT_MS = 2_000
LOCK_MS = 500
IDLE_IN_TRANSACTION_MS = 5_000

_AWAY = ("08", "57P", "53")
_CONTENDED = ("55P03", "40001", "40P01", "57014")
_SET_SIGHT = sa.text(
    "select set_config('app.subject', :subject, true), set_config('app.standing', :standing, true),"
    " set_config('app.now', :now, true), set_config('app.relations', :relations, true),"
    " (select current_at from relation_sources where source = :owner), clock_timestamp()"
)


class Base(DeclarativeBase):
    """Declarative base of one service's tables; constraints get stable names so that migrations can speak of them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        datetime: sa.TIMESTAMP(timezone=True),
        str: sa.Text(),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


@dataclass(frozen=True)
class Sight:
    """Whose records a transaction may see: a person's, a staff member's, or a named part of the system's."""

    subject: str
    standing: str = "person"

    @classmethod
    def system(cls, part: str) -> "Sight":
        """Timers, reactions and senders: they act on everybody's records, and say which of them they are."""
        return cls(part, "system")

    @classmethod
    def nobody(cls) -> "Sight":
        return cls("", "nobody")


class Wakes:
    """In-process events set after a commit, so that what was recorded is carried on at once and not at the next poll."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}
        self.listeners: list[Any] = []

    def event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())

    def wake_all(self) -> None:
        """Wake every loop of this process, whatever it waits for: it is to look whether it should stop."""
        for event in self._events.values():
            event.set()

    def wake(self, *names: str, heard: bool = False) -> None:
        """Wake this process's loops, and tell the other processes unless we heard it from one of them."""
        for name in names:
            self.event(name).set()
        if not heard:
            for listener in self.listeners:
                listener(names)


class Database:
    """One service's database: an engine with bounded waits, and transactions that commit exactly here."""

    def __init__(self, url: str, *, pool_size: int = 8, name: str = "api") -> None:
        self.url = url
        self.wakes = Wakes()
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=False,
            hide_parameters=True,  # an error names the statement, never the person in it
            connect_args={
                "timeout": CONNECT_S,
                "server_settings": {
                    "application_name": name,
                    "statement_timeout": str(STATEMENT_MS),
                    "lock_timeout": str(LOCK_MS),
                    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                },
            },
        )

    @asynccontextmanager
    async def transaction(self, sight: Sight | None = None, *, now: datetime | None = None) -> AsyncIterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises. Wakes are set after the commit."""
        async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
            if sight is not None:
                await see_as(session, sight, now)
            yield session
            for settle in session.info.pop("before_commit", ()):
                await settle(session)
            await session.commit()
            if names := session.info.get("wakes"):
                self.wakes.wake(*names)

    async def close(self) -> None:
        await self.engine.dispose()


async def see_as(
    session: Session, sight: Sight, now: datetime | None = None, *, owner: str = "", unbelieved: bool = False
) -> tuple[datetime | None, datetime]:
    """Give the transaction its sight; `now` is business time for intervals of relations (default: the database's).

    `unbelieved` takes relations out of what is seen. Returns how new the copy of `owner`'s relations is (None: never
    heard), and the database's own time to compare it with.
    """
    session.info["sight"] = sight
    told = await session.execute(
        _SET_SIGHT,
        {
            "subject": sight.subject,
            "standing": sight.standing,
            "now": now.isoformat() if now else "",
            "relations": "unbelieved" if unbelieved else "",
            "owner": owner,
        },
    )
    row = told.one()
    return row[4], row[5]


def before_commit(session: Session, settle: Callable[[Session], Awaitable[None]]) -> None:
    """Have something done as the transaction's last statements; what it raises takes everything back."""
    session.info.setdefault("before_commit", []).append(settle)


def wake_after_commit(session: Session, name: str) -> None:
    """Have a loop of this service woken once the transaction has committed."""
    session.info.setdefault("wakes", set()).add(name)


def driver_url(url: str) -> str:
    """A plain `postgresql://` address for the asynchronous driver."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's five-character code behind a database error, if it has one."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) or getattr(getattr(original, "__cause__", None), "sqlstate", None)


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be used now: connection lost, shutting down, full, or no connection to be had."""
    if isinstance(error, sa.exc.TimeoutError | ConnectionError | TimeoutError | gaierror):
        return True
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        return True
    if (code := sqlstate_of(error)) is not None:
        return code.startswith(_AWAY)
    return isinstance(error, sa.exc.InterfaceError)


def is_contended(error: BaseException) -> bool:
    """Whether others were in the way: a lock or a statement's time was not had, or a deadlock was broken."""
    return sqlstate_of(error) in _CONTENDED


class DatabaseAway(Unavailable):
    """The database cannot answer now; nothing was done."""

    slug = "try-again-soon"
