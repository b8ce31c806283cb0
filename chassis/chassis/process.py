"""A service's command line: `python -m <service> api | worker | migrate | migration | describe`, the same for all."""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from chassis import migrations, settings
from chassis.audit.limits import plant_canaries
from chassis.clock import Clock
from chassis.clock_following import follow_clock
from chassis.collecting import spare_what_stays
from chassis.events.bus import Bus, MemoryBus
from chassis.events.rabbit import RabbitBus
from chassis.http.app import wrapped
from chassis.migrations.begin import begin
from chassis.sealing.verify_command import verify_audit
from chassis.settings import ServiceSettings
from chassis.telemetry import logs, traces
from chassis.waking import WakeCaller
from chassis.wiring import Service
from chassis.worker import PARTS, Worker, serve_worker


@dataclass(frozen=True)
class Blueprint:
    """How one service is put together; the embedded platform and the command line both build from it."""

    name: str
    settings: type[ServiceSettings]
    create_service: Callable[[Any, Clock], Service]
    create_api: Callable[[Any], FastAPI]
    create_worker: Callable[[Any, Bus], Worker]
    metadata: Any


def bus_of(url: str, name: str) -> Bus:
    """The bus an address names: `memory://` or `amqp://…`."""
    if url.startswith("memory:"):
        return MemoryBus()
    return RabbitBus(url, name)


def main(blueprint: Blueprint) -> None:
    """Run the command line of one service."""
    parser = argparse.ArgumentParser(prog=f"python -m {blueprint.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("api", help="answer HTTP")
    worker = commands.add_parser("worker", help="relay, inbox, timers and senders")
    worker.add_argument("--only", action="append", choices=PARTS, help="run this part only; may be repeated")
    commands.add_parser("migrate", help="bring the database forward to this version")
    migration = commands.add_parser("migration", help="begin a migration: a file to fill in, and HEAD")
    migration.add_argument("name", help="what it does, like fees_get_a_payer")
    audit = commands.add_parser(
        "verify-audit", help="compare the audit with its seals; fails naming the first bad batch"
    )
    audit.add_argument("--witness", help="the address of the database, or the file, that keeps this chain's heads")
    commands.add_parser(
        "plant-canaries", help="numbers from standard input: whoever opens such a record raises an alarm"
    )
    commands.add_parser("describe", help="print what this service is: routes, events, timers, senders")
    arguments = parser.parse_args()
    if arguments.command == "describe":
        print(json.dumps(describe(blueprint), indent=1, ensure_ascii=False))
        return
    if arguments.command == "migration":
        print(begin(blueprint.name, arguments.name))
        return
    read = settings.read(blueprint.settings)
    logs.configure(read.log_level)
    if read.otlp_endpoint:
        traces.export_to(read.otlp_endpoint, blueprint.name)
    if arguments.command == "migrate":
        asyncio.run(migrations.migrate(blueprint.name, read.owner_database_url or read.database_url))
    elif arguments.command == "verify-audit":
        raise SystemExit(asyncio.run(verify_audit(blueprint, read, arguments.witness)))
    elif arguments.command == "plant-canaries":
        print(asyncio.run(plant_canaries(blueprint.create_service(read, Clock()), sys.stdin)))
    elif arguments.command == "api":
        _serve_api(blueprint, read)
    else:
        uvloop.run(_serve_worker(blueprint, read, arguments.only or PARTS))


def describe(blueprint: Blueprint) -> dict[str, Any]:
    """What a service consists of, without a database."""
    service = blueprint.create_service(blueprint.settings(), Clock())
    app = blueprint.create_api(service)
    worker = blueprint.create_worker(service, MemoryBus())
    return {
        "service": blueprint.name,
        "routes": sorted(app.openapi()["paths"]),
        "reacts_to": worker.reactions.keys,
        "timers": sorted(worker.timers.by_kind),
        "senders": sorted(worker.senders),
        "rules": sorted(service.rulebook.rules),
    }


def _serve_api(blueprint: Blueprint, read: ServiceSettings) -> None:
    clock = Clock(sandbox=read.in_development)
    service = blueprint.create_service(read, clock)
    app = blueprint.create_api(service)
    stopping = asyncio.Event()

    @contextlib.asynccontextmanager
    async def alive(app: Any, made: Any = app.router.lifespan_context) -> AsyncIterator[Any]:
        helpers = [asyncio.create_task(WakeCaller(service.database.url, service.database.wakes).run(stopping))]
        if read.clock_url:
            helpers.append(asyncio.create_task(follow_clock(clock, read.clock_url, stopping)))
        try:
            async with made(app) as state:
                spare_what_stays()
                yield state
        finally:
            app.state.draining = True
            stopping.set()
            for helper in helpers:
                helper.cancel()
            await service.close()

    app.router.lifespan_context = alive
    uvicorn.run(
        wrapped(app), host=read.host, port=read.port, log_config=None, access_log=False, timeout_graceful_shutdown=8
    )


async def _serve_worker(blueprint: Blueprint, read: ServiceSettings, parts: Any) -> None:
    clock = Clock(sandbox=read.in_development)
    service = blueprint.create_service(read, clock)
    worker = blueprint.create_worker(service, bus_of(read.broker_url, f"{blueprint.name}-worker"))
    following = None
    if read.clock_url:
        following = asyncio.create_task(follow_clock(clock, read.clock_url, asyncio.Event()))
    spare_what_stays()
    try:
        await serve_worker(worker, parts)
    finally:
        if following is not None:
            following.cancel()
