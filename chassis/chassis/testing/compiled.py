"""Statements are compiled once in a test process, and not anew for each test's engine.

SQLAlchemy keeps compiled statements per engine and by the dialect object. Every test has an engine of its own, but all of
them speak to one server in one way: their dialects are taken for one, and their engines share what was compiled.
"""

from collections.abc import MutableMapping
from functools import partial
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

import chassis.database

_COMPILED: MutableMapping[Any, Any] = {}


class AlikeDialect(PGDialect_asyncpg):
    """The asyncpg dialect, equal to every other of its kind."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


def share_compiled() -> None:
    """From now on every `Database` of this process shares compiled statements."""
    registry.register("postgresql.asyncpg", __name__, AlikeDialect.__name__)
    engine = partial(create_async_engine, execution_options={"compiled_cache": _COMPILED})
    chassis.database.create_async_engine = engine  # type: ignore[attr-defined]
