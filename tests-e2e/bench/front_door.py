"""The gateway against nginx as a plain proxy, both in front of the same tiny upstream: CPU per request and p99.

Interleaved rounds; CPU is user and system time of the process tree from /proc, at its minimum over the rounds.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ground import LOOPBACK, Ground, until_listening
from processes import cpu_s

from deploy.embedded.children import free_port
from tools.servers.fetching import find_or_fetch

ROUNDS = 5
SECONDS = 2
CONNECTIONS = 32
TOKENS = 1_000
TOKEN_LIVES_S = 240
BODY = 10_240
# Everything the product ships with, but no caller is ever told to wait: the buckets are still counted at every request.
_NEVER_FULL = "".join(
    f"[cost.{name}]\nrate = 1000000\nburst = 1000000\nshare = 1.0\n" for name in ("read", "act", "token_check")
)
_SCRIPT = """
local tokens = {}
for line in io.lines("@tokens@") do tokens[#tokens + 1] = line end
local body = "@method@" == "POST" and string.format('{"words":"%s"}', string.rep("x", @size@ - 12)) or nil
local requests = {}
local at = 0
function init(args)
  for i, token in ipairs(tokens) do
    local headers = {
      ["Host"] = "localhost:8080", ["Authorization"] = "Bearer " .. token, ["Accept"] = "application/json",
      ["Accept-Language"] = "ar, en;q=0.5", ["User-Agent"] = "bench/1", ["X-Forwarded-For"] = "192.0.2.1",
      ["X-User-Id"] = "somebody-else", ["Connection"] = "keep-alive",
    }
    if body then headers["Content-Type"] = "application/json"; headers["Idempotency-Key"] = "k" .. i end
    requests[i] = wrk.format("@method@", "/v1/passport-applications", headers, body)
  end
end
function request() at = at % #requests + 1; return requests[at] end
function done(summary, latency, _)
  io.write(string.format('\\n{"requests":%d,"bad":%d,"us":%d,"p50":%.3f,"p99":%.3f}\\n', summary.requests,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout + summary.errors.status,
    summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True)
class _Target:
    name: str
    port: int
    process: subprocess.Popen[bytes]


async def measure(ground: Ground, cores: tuple[int, int] | None) -> dict[str, Any]:
    """GET and POST, each `ROUNDS` times on each proxy in turn."""
    wrk = find_or_fetch("wrk", print)
    scripts = _scripts(ground)
    under_test, beside = cores or (None, None)
    targets = [await _nginx(ground, under_test), await _gateway(ground, under_test)]
    rounds: list[dict[str, Any]] = []
    try:
        for number in range(-1, ROUNDS):  # round -1 warms caches and is thrown away
            for method, script in scripts.items():
                for target in targets if number % 2 else reversed(targets):
                    found = await _round(wrk.path, wrk.environment, script, target, beside)
                    if number >= 0:
                        rounds.append({"round": number, "method": method, "target": target.name, **found})
    finally:
        for target in targets:
            ground.end(target.process)
    return {**_summary(rounds), "pinned": _pinned(cores), "connections": CONNECTIONS, "rounds": rounds}


async def _gateway(ground: Ground, pin: int | None) -> _Target:
    port = free_port()
    limits = ground.folder / "limits.toml"
    limits.write_text(_NEVER_FULL)
    upstream = f"http://{LOOPBACK}:{ground.upstream_port}"
    process = ground.product(
        "gateway", "serve", pin=pin, port=str(port), metrics_port=str(free_port()), limits_file=str(limits),
        upstreams=json.dumps({"identity": upstream, "passport": upstream}),
    )  # fmt: skip
    await until_listening(port, process)
    return _Target("gateway", port, process)


async def _nginx(ground: Ground, pin: int | None) -> _Target:
    port = free_port()
    process = ground.nginx(
        "proxy",
        f"access_log {ground.folder}/nginx-access.log combined buffer=32k flush=1s;"
        f" client_body_buffer_size 64k; upstream up {{ server {LOOPBACK}:{ground.upstream_port}; keepalive 64; }}"
        f" server {{ listen {LOOPBACK}:{port} reuseport; location / {{ proxy_pass http://up; proxy_http_version 1.1;"
        ' proxy_set_header Connection ""; } }',
        pin=pin,
    )
    await until_listening(port, process)
    return _Target("nginx", port, process)


def _scripts(ground: Ground) -> dict[str, Path]:
    tokens = ground.folder / "tokens.txt"
    expiry = int(time.time()) + TOKEN_LIVES_S
    tokens.write_text(
        "".join(f"{ground.mint.token(f'1{n:09d}', sub=f'account-{n}', exp=expiry)}\n" for n in range(TOKENS))
    )
    made = {}
    for method in ("GET", "POST"):
        text = _SCRIPT.replace("@tokens@", str(tokens)).replace("@method@", method).replace("@size@", str(BODY))
        made[method] = ground.folder / f"{method}.lua"
        made[method].write_text(text)
    return made


async def _round(
    wrk: Path, environment: dict[str, str], script: Path, target: _Target, pin: int | None
) -> dict[str, Any]:
    words = ["taskset", "-c", str(pin)] if pin is not None else []
    words += [
        str(wrk),
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}s",
        "-s",
        str(script),
        f"http://{LOOPBACK}:{target.port}",
    ]
    before = cpu_s(target.process.pid)
    ran = await asyncio.create_subprocess_exec(
        *words, env=environment or None, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await ran.communicate())[0].decode()
    used = cpu_s(target.process.pid) - before
    if ran.returncode:
        raise RuntimeError(f"wrk failed: {said[-500:]}")
    told = json.loads(said.strip().splitlines()[-1])
    if told["bad"]:
        raise RuntimeError(f"{target.name} refused or broke {told['bad']} of {told['requests']} requests")
    return {
        "requests_per_s": round(told["requests"] / told["us"] * 1e6),
        "cpu_us": round(used / told["requests"] * 1e6, 2),
        "p50_ms": told["p50"],
        "p99_ms": told["p99"],
    }


def _summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    best: dict[str, dict[str, dict[str, Any]]] = {}
    for method in ("GET", "POST"):
        best[method] = {}
        for target in ("nginx", "gateway"):
            mine = [each for each in rounds if (each["method"], each["target"]) == (method, target)]
            busiest = max(mine, key=lambda each: each["requests_per_s"])
            best[method][target] = {**busiest, "cpu_us": min(each["cpu_us"] for each in mine)}
    ratios = {m: round(best[m]["nginx"]["cpu_us"] / best[m]["gateway"]["cpu_us"], 3) for m in best}
    return {
        "gateway_cpu_ratio_to_nginx": ratios["GET"],
        "gateway_post_cpu_ratio_to_nginx": ratios["POST"],
        "gateway_p99_ms": best["GET"]["gateway"]["p99_ms"],
        "best": best,
    }


def _pinned(cores: tuple[int, int] | None) -> str:
    if cores is None:
        return "nothing pinned: no taskset here, or one core only"
    return f"proxy under test on core {cores[0]}, load generator on core {cores[1]}, upstream anywhere"
