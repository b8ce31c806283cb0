"""Plans of kills and network faults, drawn from the run's seed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from proxy import Fault
from rig import Rig

FAULTS: tuple[Fault, ...] = ("cut", "black_hole", "latency", "slices", "down")
SECONDS: dict[Fault, float] = {"cut": 0.05, "black_hole": 0.8, "latency": 1.0, "slices": 0.6, "down": 0.6}


@dataclass
class Chaos:
    """What was done to a run."""

    kills: dict[str, int] = field(default_factory=dict)
    net_faults: dict[str, int] = field(default_factory=dict)

    @property
    def kill_count(self) -> int:
        return sum(self.kills.values())

    @property
    def fault_count(self) -> int:
        return sum(self.net_faults.values())


async def kill_some(rig: Rig, chance: random.Random, chaos: Chaos, targets: list[str], *, every_s: float) -> None:
    """SIGKILL one target after another until the list is empty."""
    for target in targets:
        await asyncio.sleep(chance.uniform(0.5, 1.5) * every_s)
        if target == "broker":
            await rig.restart_broker()
        elif target == "postgres":
            rig.restart_postgres()
        else:
            rig.kill(target)
        chaos.kills[target] = chaos.kills.get(target, 0) + 1


async def break_some(rig: Rig, chance: random.Random, chaos: Chaos, count: int, *, every_s: float) -> None:
    """Put one fault after another on random hops."""
    hops = sorted(rig.proxies)
    for _ in range(count):
        await asyncio.sleep(chance.uniform(0.3, 1.2) * every_s)
        hop, fault = chance.choice(hops), chance.choice(FAULTS)
        await rig.proxies[hop].suffer(fault, SECONDS[fault])
        chaos.net_faults[f"{hop} {fault}"] = chaos.net_faults.get(f"{hop} {fault}", 0) + 1


def kill_plan(chance: random.Random, kills: int, *, servers: bool) -> list[str]:
    """Which to kill, mixed; broker and PostgreSQL a few times each when asked."""
    plan = [chance.choice(["api", "api", "relay", "inbox", "inbox", "sender"]) for _ in range(kills)]
    if servers:
        for place, name in ((0.3, "broker"), (0.5, "postgres"), (0.8, "postgres")):
            plan[int(len(plan) * place)] = name
    return plan
