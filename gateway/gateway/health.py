"""The health of all: each service's own word, asked together, kept a moment so that a crowd of askers costs nothing."""

import asyncio
from collections.abc import Mapping

from gateway.limits import Limits
from gateway.upstream import Broken, Late, Lost, Unreachable, Upstream

READY, NOT_READY, UNREACHABLE = "ready", "not_ready", "unreachable"


class Health:
    """Asks `/health/ready` of every service."""

    def __init__(self, upstreams: Mapping[str, Upstream], limits: Limits) -> None:
        self._upstreams = upstreams
        self._times = limits.times
        self._largest = limits.sizes.internal_answer
        self._known: dict[str, str] = {}
        self._asked_at = -float("inf")
        self._asking = asyncio.Lock()

    async def of_all(self) -> dict[str, str]:
        """Each service's state: ready, not_ready or unreachable."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            if loop.time() - self._asked_at > self._times.health_kept:
                states = await asyncio.gather(*(self._of(upstream) for upstream in self._upstreams.values()))
                self._known = dict(zip(self._upstreams, states, strict=True))
                self._asked_at = loop.time()
        return dict(self._known)

    async def _of(self, upstream: Upstream) -> str:
        try:
            status, _ = await upstream.get("/health/ready", largest=self._largest, seconds=self._times.health)
        except (Unreachable, Lost, Late, Broken):
            return UNREACHABLE
        return READY if status == 200 else NOT_READY
