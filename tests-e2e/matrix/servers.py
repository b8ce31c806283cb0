"""PostgreSQL for a run outside pytest: the one named by TEST_PG_DSN, else a private throw-away cluster."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from chassis.migrations import migrate
from deploy.embedded.databases import Passwords, ServiceDatabase, create_service_database, drop_service_database
from deploy.embedded.postgres import Cluster
from matrix.stage import FreshDatabase
from tools.servers.for_tests import FAST_AND_LOOSE


@contextlib.asynccontextmanager
async def fresh_databases(folder: Path) -> AsyncIterator[FreshDatabase]:
    """`await fresh("passport")` migrates a new database of that service; all of them are dropped at the end."""
    with contextlib.ExitStack() as stack:
        if not (dsn := os.environ.get("TEST_PG_DSN", "")):
            room = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix=f"{os.getpid()}-matrix-")))
            words = {"log_dir": room / "log", "password_file": room / "password", "options": FAST_AND_LOOSE}
            dsn = stack.enter_context(Cluster(room / "pg", **words)).dsn()
        made: list[ServiceDatabase] = []
        prefix = f"m_{secrets.token_hex(3)}_"

        async def fresh(package: str) -> ServiceDatabase:
            passwords = Passwords(*(secrets.token_urlsafe(12) for _ in range(3)))
            made.append(await create_service_database(dsn, package, passwords, prefix=prefix))
            await migrate(package, made[-1].owner_dsn)
            return made[-1]

        try:
            yield fresh
        finally:
            for database in made:
                await drop_service_database(dsn, database.name)
