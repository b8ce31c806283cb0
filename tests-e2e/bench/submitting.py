"""One submission, end to end: `POST …/submit` of a complete draft through the gateway, every draft once.

Gateway, passport's api and passport's worker are processes of their own over PostgreSQL with fsync on and RabbitMQ; the load
generator shares the cores with them. Every token is new to the gateway and to the service. A round counts only when all its
drafts are in review and every event of theirs lies in a quorum queue.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import uuid
from dataclasses import dataclass
from typing import Any

from asking import ask_all
from ground import LOOPBACK, Ground, bind_queue, queued, spread, until_listening
from processes import cpu_s

from deploy.embedded.children import free_port
from deploy.embedded.databases import ServiceDatabase

DRAFTS = 1200
WARM = 30
ROUNDS = 4
AT_ONCE = 8
TOKEN_LIVES_S = 240
KEYS = ("passport.#",)
DRAINED_WITHIN_S = 30.0
_NEVER_FULL = "".join(f"[cost.{name}]\nrate = 100000\nburst = 100000\nshare = 1.0\n" for name in ("act", "token_check"))


@dataclass
class _Stage:
    """The processes of this part."""

    gateway: subprocess.Popen[bytes]
    api: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]
    port: int
    servers: dict[str, int]

    def cpu(self) -> dict[str, float]:
        mine = {"gateway": self.gateway.pid, "api": self.api.pid, "worker": self.worker.pid, **self.servers}
        return {name: cpu_s(pid) for name, pid in mine.items()}


async def measure(ground: Ground, cores: tuple[int, int] | None) -> dict[str, Any]:
    """So many drafts, in rounds; the round that was disturbed least speaks, all of them are kept."""
    database, partners = await ground.database("passport"), await ground.database("partners")
    host = ground.new_host()
    await bind_queue(host, "bench", KEYS)
    began = time.monotonic()
    drafts = await _drafts(ground, database, partners.run_dsn)
    prepared_s = round(time.monotonic() - began, 1)
    stage = await _stage(ground, database.run_dsn, host)
    admin = await ground.admin(database)
    rounds = []
    try:
        await _drained(admin)
        await ask_all(
            stage.port, _requests(ground, drafts[:WARM]), AT_ONCE
        )  # imports, statements and connections are warm after these
        for number in range(ROUNDS):
            rounds.append(await _round(ground, stage, admin, drafts[WARM + number :: ROUNDS]))
        await _checked(admin, host, len(drafts))
    finally:
        await admin.close()
        for child in (stage.gateway, stage.api, stage.worker):
            ground.end(child)
    best = max(rounds, key=lambda each: each["per_s"])
    return {
        "submissions_per_s": best["per_s"],
        "submission_p95_ms": best["ms"]["p95"],
        "at_once": AT_ONCE,
        "pinned": "nothing pinned",
        "prepared": {"drafts": len(drafts), "seconds": prepared_s},
        "rounds": rounds,
    }


async def _drafts(ground: Ground, passport: ServiceDatabase, partners_dsn: str) -> list[tuple[str, str]]:
    file = ground.folder / "drafts.txt"
    dsns = (passport.run_dsn, partners_dsn, ground.postgres.dsn(passport.name))
    loader = ground.role("drafts.py", str(DRAFTS + WARM), *dsns, str(ground.folder / "secrets"), str(file))
    await ground.finish(loader)
    return [(who, case) for who, _, case in (line.partition(" ") for line in file.read_text().splitlines())]


async def _stage(ground: Ground, dsn: str, host: str) -> _Stage:
    upstream, api_port, port = f"http://{LOOPBACK}:{ground.upstream_port}", free_port(), free_port()
    limits = ground.folder / "submission-limits.toml"
    limits.write_text(_NEVER_FULL)
    api = ground.product("passport", "api", database_url=dsn, identity_url=upstream, port=str(api_port))
    worker = ground.product("passport", "worker", database_url=dsn, broker_url=host)
    upstreams = json.dumps({"identity": upstream, "passport": f"http://{LOOPBACK}:{api_port}"})
    gateway = ground.product(
        "gateway", "serve",
        port=str(port), metrics_port=str(free_port()), limits_file=str(limits), upstreams=upstreams,
    )  # fmt: skip
    await until_listening(port, gateway)
    await until_listening(api_port, api)
    return _Stage(gateway, api, worker, port, ground.server_pids())


def _requests(ground: Ground, drafts: list[tuple[str, str]]) -> list[bytes]:
    expiry = int(time.time()) + TOKEN_LIVES_S
    return [
        (
            f"POST /v1/passport-applications/{case}/submit HTTP/1.1\r\nHost: localhost:8080\r\n"
            f"Authorization: Bearer {ground.mint.token(who, sub=f'account-{who}', exp=expiry)}\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\nAccept: application/json\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        for who, case in drafts
    ]


async def _round(ground: Ground, stage: _Stage, admin: Any, drafts: list[tuple[str, str]]) -> dict[str, Any]:
    requests = _requests(ground, drafts)
    before, mine = stage.cpu(), time.process_time()
    seconds, answers = await ask_all(stage.port, requests, AT_ONCE)
    mine = time.process_time() - mine
    statuses = {status: sum(each.status == status for each in answers) for status in {each.status for each in answers}}
    if set(statuses) != {200}:
        raise RuntimeError(
            f"submissions were answered {statuses}: {next(a.body for a in answers if a.status != 200)!r}"
        )
    await _drained(admin)
    used = {name: seconds_ - before[name] for name, seconds_ in stage.cpu().items()}
    return {
        "submissions": len(answers),
        "per_s": round(len(answers) / seconds, 1),
        "ms": spread([each.ms for each in answers]),
        "cpu_ms_each": {name: round(s / len(answers) * 1000, 2) for name, s in {**used, "generator": mine}.items()},
    }


async def _drained(admin: Any) -> None:
    until = time.monotonic() + DRAINED_WITHIN_S
    while left := await admin.fetchval("select count(*) from outbox where published_at is null"):
        if time.monotonic() > until:
            raise TimeoutError(f"{left} events were not published")
        await asyncio.sleep(0.1)


async def _checked(admin: Any, host: str, submitted: int) -> None:
    """Everything that was answered happened, once, and was told."""
    found = await admin.fetchrow(
        """
        select (select count(*) from applications where status = 'in_review') as in_review,
               (select count(*) from case_moves where action = 'submit') as moves,
               (select count(*) from acts where action = 'application.submit') as acts,
               (select count(*) from idempotency where status = 200) as kept_answers,
               (select count(*) from outbox where type = 'passport.application.submitted.v1') as events,
               (select count(*) from outbox) as recorded
        """
    )
    counts = dict(found)
    recorded = counts.pop("recorded")
    if set(counts.values()) != {submitted} or await queued(host, "bench") != recorded:
        raise RuntimeError(f"{submitted} submitted, but {counts}, {recorded} events recorded")
