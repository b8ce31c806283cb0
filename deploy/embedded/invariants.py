"""What must always hold, as each service says it in SQL: every query of `invariants/*.sql` returns no row when all is well."""

from __future__ import annotations

from importlib import resources

import asyncpg

from deploy.embedded.databases import ServiceDatabase


async def broken(databases: dict[str, ServiceDatabase]) -> list[str]:
    """The names of invariants that returned rows, with how many; read through the role that may only read."""
    found = []
    for service, database in databases.items():
        folder = resources.files(service).joinpath("invariants")
        if not folder.is_dir():
            continue
        connection = await asyncpg.connect(database.verify_dsn)
        try:
            for file in sorted(folder.iterdir(), key=lambda each: each.name):
                if file.name.endswith(".sql"):
                    rows = await connection.fetch(file.read_text(encoding="utf-8"))
                    if rows:
                        found.append(f"{service}/{file.name}: {len(rows)} rows")
        finally:
            await connection.close()
    return found
