"""What must always hold, as each service says it in SQL: every query of `invariants/*.sql` returns no row when all is well."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import asyncpg

from deploy.embedded.databases import ServiceDatabase


async def broken(databases: dict[str, ServiceDatabase]) -> list[str]:
    """The names of invariants that returned rows, with how many; read through the role that may only read."""
    found = []
    for service, database in databases.items():
        connection = await asyncpg.connect(database.verify_dsn)
        try:
            for name, query in _queries(service):
                if rows := await connection.fetch(query):
                    found.append(f"{service}/{name}: {len(rows)} rows")
        finally:
            await connection.close()
    return found


def _queries(service: str) -> Iterator[tuple[str, str]]:
    """The mechanism's, where the service stands on it, and the service's own."""
    own = resources.files(service).joinpath("invariants")
    if not own.is_dir():
        return
    for folder in (resources.files("chassis").joinpath("invariants"), own):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".sql"):
                yield file.name, file.read_text(encoding="utf-8")
