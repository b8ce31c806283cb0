"""`python -m partners` as a process of its own: migrates, answers, stops when told."""

import asyncio
import json
import os
import signal
import sys

import httpx2

from chassis.testing.fixtures import Databases


async def ran(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "partners",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )


async def test_the_simulators_run_as_a_process_of_their_own(databases: Databases):
    database = await databases("partners")
    settings = {"PARTNERS_DATABASE_URL": database.run_dsn, "PARTNERS_OWNER_DATABASE_URL": database.owner_dsn}
    migrating = await ran("migrate", **settings)
    assert await migrating.wait() == 0, (await migrating.communicate())[1]
    process = await ran("simulate", **settings)
    try:
        assert process.stdout
        ports = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{ports['http']}", trust_env=False) as web:
            assert (await web.get("/control/clock")).json()["ahead_seconds"] == 0
            assert (await web.post("/registry/persons/lookup", json={"number": "1000000008"})).status_code == 200
        for name in ("smpp", "smtp"):
            _, writer = await asyncio.open_connection("127.0.0.1", ports[name])
            writer.close()
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_a_misspelt_setting_is_refused():
    process = await ran("simulate", PARTNERS_DATABSE_URL="x")
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"PARTNERS_DATABSE_URL" in errors


async def test_describe_needs_no_database_and_names_every_magic_number():
    process = await ran("describe")
    out, _ = await process.communicate()
    told = json.loads(out)
    assert "/payments/reservations" in told["routes"]
    assert told["magic_numbers"]["905"]["en"]
    assert "balances" in told["tables"]
