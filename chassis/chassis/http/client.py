"""The one HTTP client towards bodies and services outside the process: deadline, retry budget, breaker, trace.

An answer with a status below 500 is returned. Everything else is `Unreachable`: the outcome of the call is then
unknown, unless `never_sent` says that the request cannot have reached the other side.
"""

import asyncio
import functools
import random
import ssl
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import httpx2

from chassis.telemetry.traces import outgoing_headers

CONNECT_S = 1.0
RETRIES = 2
RETRY_BUDGET = 0.10
BREAKER_WINDOW_S = 10.0
BREAKER_CALLS = 20
BREAKER_SHARE = 0.5
BREAKER_PROBE_S = 5.0


@functools.cache
def trust() -> ssl.SSLContext:
    """Whom to trust behind https: the same for every client, and read once, because reading it costs like a hundred requests."""
    return httpx2.create_ssl_context(trust_env=False)


class Unreachable(Exception):
    """The other side gave no usable answer.

    `never_sent` is true only when the request cannot have arrived (refused connection, open breaker).
    """

    def __init__(self, name: str, reason: str, *, never_sent: bool = False) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason
        self.never_sent = never_sent


class Breaker:
    """Opens when half of at least twenty calls in ten seconds failed; then lets one probe through every five seconds."""

    def __init__(self) -> None:
        self._calls: deque[tuple[float, bool]] = deque()
        self._probe_after = 0.0
        self.open = False

    def allows(self, now: float) -> bool:
        if not self.open:
            return True
        if now >= self._probe_after:
            self._probe_after = now + BREAKER_PROBE_S
            return True
        return False

    def record(self, now: float, *, ok: bool) -> None:
        if ok and self.open:
            self.open = False
            self._calls.clear()
        self._calls.append((now, ok))
        while self._calls and self._calls[0][0] < now - BREAKER_WINDOW_S:
            self._calls.popleft()
        failed = sum(1 for _, went_well in self._calls if not went_well)
        if len(self._calls) >= BREAKER_CALLS and failed >= BREAKER_SHARE * len(self._calls):
            self.open = True
            self._probe_after = now + BREAKER_PROBE_S


class HttpClient:
    """Calls one other party. Only `repeatable` requests are tried again, within a budget of a tenth of all calls.

    `total_s` bounds the call as a whole, retries included.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        total_s: float = 5.0,
        headers: Mapping[str, str] | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self.total_s = total_s
        self.breaker = Breaker()
        self._calls = 1.0
        self._retries = 0.0
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            headers=headers,
            timeout=httpx2.Timeout(total_s, connect=CONNECT_S),
            transport=transport,
            verify=trust(),
            follow_redirects=False,
            trust_env=False,
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> httpx2.Response:
        """One call; returns any answer below 500, raises Unreachable for everything else."""
        deadline = time.monotonic() + self.total_s
        sent = {**outgoing_headers(), **(headers or {})}
        attempts = 1 + (RETRIES if repeatable else 0)
        failure: Unreachable | None = None
        for attempt in range(attempts):
            if attempt and not await self._may_retry(attempt, deadline):
                break
            try:
                return await self._once(method, path, json, data, content, params, sent, deadline)
            except Unreachable as gone:
                failure = gone
        assert failure is not None
        raise failure

    async def _may_retry(self, attempt: int, deadline: float) -> bool:
        if self._retries >= max(1.0, RETRY_BUDGET * self._calls):
            return False
        pause = random.uniform(0, 0.1 * 2**attempt)  # noqa: S311 - jitter, not a secret
        if time.monotonic() + pause >= deadline:
            return False
        self._retries += 1
        await asyncio.sleep(pause)
        return True

    async def _once(
        self,
        method: str,
        path: str,
        json: Any,
        data: Mapping[str, Any] | None,
        content: bytes | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str],
        deadline: float,
    ) -> httpx2.Response:
        now = time.monotonic()
        self._calls += 1
        if not self.breaker.allows(now):
            raise Unreachable(self.name, "breaker open", never_sent=True)
        try:
            async with asyncio.timeout(max(0.05, deadline - now)):
                response = await self._client.request(
                    method, path, json=json, data=data, content=content, params=params, headers=headers
                )
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            self.breaker.record(now, ok=False)
            raise Unreachable(self.name, type(error).__name__, never_sent=True) from error
        except (TimeoutError, httpx2.TransportError) as error:
            self.breaker.record(now, ok=False)
            raise Unreachable(self.name, type(error).__name__) from error
        self.breaker.record(now, ok=response.status_code < 500)
        if response.status_code >= 500:
            raise Unreachable(self.name, f"status {response.status_code}")
        return response

    async def close(self) -> None:
        """Close idle connections."""
        await self._client.aclose()
