"""The forwarding path: one request from its head to the last byte of its answer. No framework and no model here."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from gateway.answers import Answers
from gateway.bodies import Body, ClientGone, Receive
from gateway.connection import Broken, Connection, Late, Lost
from gateway.deadlines import Deadlines
from gateway.gate import Gate
from gateway.hygiene import Head, Hygiene, RequestRefused
from gateway.limits import Limits
from gateway.problems import Refusal
from gateway.request_ids import RequestIds
from gateway.routes import Route, Routes
from gateway.upstream import Unreachable, Upstream, unavailable
from gateway.visit import ALLOW, METHODS, Visit

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_REPEATABLE = frozenset({"GET", "HEAD"})


class Forwarder:
    """Carries requests to services. Made once; one event loop."""

    def __init__(
        self,
        *,
        limits: Limits,
        routes: Routes,
        upstreams: Mapping[str, Upstream],
        gate: Gate,
        answers: Answers,
        ids: RequestIds,
        deadlines: Deadlines,
        public_host: str,
        public_scheme: str,
    ) -> None:
        self._times = limits.times
        self._sizes = limits.sizes
        self._routes = routes
        self._upstreams = upstreams
        self._gate = gate
        self._answers = answers
        self._ids = ids
        self._deadlines = deadlines
        self.now: Callable[[], float] = time.monotonic
        self._hygiene = Hygiene(limits.sizes.headers)
        self.draining = False
        self._reading = 0
        self._fixed = (
            f" HTTP/1.1\r\nhost: {public_host}\r\nx-forwarded-host: {public_host}\r\nx-forwarded-proto: {public_scheme}"
            f"\r\nx-deadline-ms: {int(self._times.answer * 1000)}\r\nx-forwarded-for: "
        ).encode()

    async def carry(self, visit: Visit, path: bytes, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Forward one request and its answer. Raises Refusal, or ClientGone when nobody is left to answer."""
        route = self._routes.find(path)
        if route is None:
            raise Refusal("not-found")
        visit.route, visit.service = route.prefix, route.service
        method = visit.method
        if method not in METHODS:
            raise Refusal("method-not-allowed", headers=((b"allow", ALLOW),))
        head = visit.head = self._hygiene.inspect(scope["headers"])
        version = scope["http_version"]
        if version != "1.1" and version != "1.0":
            raise RequestRefused("version")
        if head.host is None and version == "1.1":
            raise RequestRefused("host")
        cost = route.reading if method in _READING else route.acting
        now = self.now()
        gate = self._gate
        token = gate.bearer(route, head)
        if token is None:
            caller = gate.peer(visit.address)
        else:
            caller = gate.known(token, visit) or await gate.subject(token, visit, now)
        gate.charge(cost, caller, now)
        upstream = self._upstreams.get(route.service)
        if upstream is None:
            raise unavailable(route.service, self._times.health, outcome="not_sent")
        first = await self._first_of_body(visit, head, route, receive) if head.length or head.chunked else b""
        upstream.admit(cost, now)
        upstream.in_flight += 1
        try:
            request = self._request(visit, head, path, scope["query_string"], first)
            body = visit.body
            if body is None or body.complete:
                connection = await self._ask(upstream, request, visit.method)
            else:
                connection = await self._ask_streaming(visit, upstream, request, body)
            await self._answer(visit, upstream, connection, path, receive, send)
        finally:
            upstream.in_flight -= 1

    async def _first_of_body(self, visit: Visit, head: Head, route: Route, receive: Receive) -> bytes:
        """A small body whole, or the beginning of a big one, before any service hears of the request."""
        if visit.method in _REPEATABLE:
            raise Refusal("malformed-request", closing=True, reason="a body where none belongs")
        if self._reading >= self._sizes.bodies_at_once:
            raise unavailable(route.service, self._times.connect, outcome="not_sent")
        until = self._deadlines.until(self.now() + self._times.body)
        visit.body = body = Body(receive, head.length, route.body, until)
        self._reading += 1
        try:
            return await body.first(self._sizes.buffered_body)
        finally:
            self._reading -= 1

    def _request(self, visit: Visit, head: Head, path: bytes, query: bytes, first: bytes) -> bytes:
        """The bytes a service gets: our head, the caller's lines, and what there is of the body."""
        traceparent = head.traceparent or self._ids.traceparent(visit.request_id).encode()
        parts = [METHODS[visit.method], b" ", path]
        if query:
            parts += (b"?", query)
        parts += (self._fixed, visit.address.encode(), b"\r\nx-request-id: ", visit.request_id.encode())
        parts += (b"\r\ntraceparent: ", traceparent, b"\r\n")
        parts += head.lines
        body = visit.body
        if body is None:
            parts.append(b"\r\n" if visit.method in _READING else b"content-length: 0\r\n\r\n")
        elif body.complete:
            parts += (b"content-length: %d\r\n\r\n" % len(first), first)
        elif head.length is not None:
            parts += (b"content-length: %d\r\n\r\n" % head.length, first)
        else:
            parts += (b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(first), first, b"\r\n")
        return b"".join(parts)

    async def _ask(self, upstream: Upstream, request: bytes, method: str) -> Connection:
        """Send a whole request and wait for the head of its answer; once more when a kept connection had gone stale."""
        connection = upstream.kept() or await self._connect(upstream)
        while True:
            now = self.now()
            connection.begin(
                request,
                headless=method == "HEAD",
                deadline=now + self._times.answer,
                overall=now + self._times.answer_body,
            )
            try:
                while not connection.head_done:
                    await connection.news()
            except Lost:
                stale = connection.reused
                upstream.release(connection, now)
                if stale and method in _REPEATABLE:
                    connection = await self._connect(upstream)
                    continue
                upstream.breaker.failed(now)
                raise unavailable(upstream.name, self._times.connect, outcome="unknown") from None
            except BaseException as error:
                raise self._given_up(upstream, connection, error) from None
            upstream.breaker.succeeded()
            return connection

    async def _ask_streaming(self, visit: Visit, upstream: Upstream, request: bytes, body: Body) -> Connection:
        """Send a big body while it comes; an answer that comes first ends the sending."""
        now = self.now()
        connection = await self._connect(upstream)
        until = now + self._times.body + self._times.answer
        connection.begin(request, headless=False, deadline=until, overall=now + self._times.answer_body)
        chunked = visit.head is not None and visit.head.length is None
        pump = asyncio.create_task(body.pump(connection, chunked=chunked))
        try:
            await connection.head()
        except BaseException as error:
            raise self._given_up(upstream, connection, error) from None
        finally:
            if not pump.done():
                pump.cancel()
                connection.reusable = False
                visit.closing = True
        upstream.breaker.succeeded()
        return connection

    async def _connect(self, upstream: Upstream) -> Connection:
        try:
            return await upstream.connect()
        except Unreachable:
            raise unavailable(upstream.name, self._times.connect, outcome="not_sent") from None

    def _given_up(self, upstream: Upstream, connection: Connection, error: BaseException) -> BaseException:
        """Close an exchange that will have no answer; what to raise instead."""
        now = self.now()
        connection.reusable = False
        upstream.release(connection, now)
        if isinstance(error, Late | Broken | Lost):
            upstream.breaker.failed(now)
        if isinstance(error, Late):
            return Refusal("upstream-late", service=upstream.name, outcome="unknown")
        if isinstance(error, Broken):
            return Refusal("answer-broken", service=upstream.name, outcome="unknown")
        if isinstance(error, Lost):
            return unavailable(upstream.name, self._times.connect, outcome="unknown")
        return error

    async def _answer(
        self, visit: Visit, upstream: Upstream, connection: Connection, path: bytes, receive: Receive, send: Send
    ) -> None:
        """Pass the answer on: in two messages when it is all there, else as it comes and as the client takes it."""
        status = visit.status = connection.status
        headers = self._answers.onward(
            status, connection.headers, visit.request_id.encode(), private=path.startswith(b"/v1/")
        )
        if self.draining or visit.closing:
            headers.append((b"connection", b"close"))
        start = {"type": "http.response.start", "status": status, "headers": headers}
        if connection.done:
            data = connection.take()
            upstream.release(connection, self.now())
            await send(start)
            await send({"type": "http.response.body", "body": data})
            return
        try:
            await send(start)
            await self._stream(connection, receive, send)
        finally:
            upstream.release(connection, self.now())

    async def _stream(self, connection: Connection, receive: Receive, send: Send) -> None:
        """The rest of a long answer. When either side stops, the client's connection is cut: a short answer must not
        look like a whole one."""
        watch = asyncio.create_task(_until_gone(receive, connection))
        try:
            while not connection.done or connection.chunks:
                connection.deadline = self.now() + self._times.stall
                data = await connection.more()
                connection.deadline = float("inf")
                with self._deadlines.until(self.now() + self._times.client_stall):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except (Late, Broken, Lost, TimeoutError):
            raise ClientGone from None
        finally:
            watch.cancel()


async def _until_gone(receive: Receive, connection: Connection) -> None:
    """End the exchange with the service when the client leaves in the middle of its answer."""
    while (await receive())["type"] != "http.disconnect":
        pass
    if not connection.done:
        connection.fail(ClientGone())
