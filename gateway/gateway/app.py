"""The gateway put together: settings in, one ASGI application out."""

import asyncio
import time
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from typing import Any, TextIO

from chassis.catalogue import Texts
from chassis.clock import machine_now
from chassis.telemetry import logs
from gateway import limits as limits_table
from gateway import problems
from gateway import routes as routes_table
from gateway.access_log import AccessLog
from gateway.answers import Answers
from gateway.bodies import ClientGone, Receive
from gateway.buckets import Buckets
from gateway.cors import Cors
from gateway.deadlines import Deadlines
from gateway.ends import Ends
from gateway.figures import Figures
from gateway.forward import Forwarder, Send
from gateway.gate import Gate
from gateway.health import Health
from gateway.hygiene import RequestRefused
from gateway.keys import Keys
from gateway.own_pages import Handler, OwnPages
from gateway.paths import PathRefused, check_query, normalised
from gateway.problems import Refusal
from gateway.request_ids import RequestIds
from gateway.settings import Settings
from gateway.tokens import Tokens
from gateway.upstream import Upstream
from gateway.visit import Visit

_CLIENT_GONE = 499


class Gateway:
    """The ASGI application. `drop` ends sessions here; `draining = True` makes it not ready."""

    def __init__(self, settings: Settings, log: TextIO | None = None) -> None:
        self.limits = limits = limits_table.read(settings.limits_file)
        self.routes = routes_table.read(limits, settings.routes_file)
        self.upstreams = {name: Upstream(name, address, limits) for name, address in settings.upstreams.items()}
        self.ids = RequestIds()
        self._texts = Texts("gateway")
        self.answers = Answers(https_for=limits.times.https_for if settings.public_scheme == "https" else 0)
        address, path = settings.jwks_address
        self._key_source = Upstream("identity", address, limits)
        self.keys = Keys(self._key_source, path, limits.tokens, limits.times.health)
        self.tokens = Tokens(self.keys, settings.public_url, settings.audience, limits.tokens)
        self.ends = Ends(self._key_source, limits.ends, self.drop)
        self._deadlines = Deadlines()
        self.buckets = Buckets(limits.buckets.kept)
        self._gate = Gate(self.tokens, self.buckets, limits.cost["token_check"], limits.tokens.keys_asked_every)
        self._forwarder = Forwarder(
            limits=limits,
            routes=self.routes,
            upstreams=self.upstreams,
            gate=self._gate,
            answers=self.answers,
            ids=self.ids,
            deadlines=self._deadlines,
            public_host=settings.public_host,
            public_scheme=settings.public_scheme,
        )
        self.figures = Figures(self._gauges)
        self._log = AccessLog(limits.times.log_held, log) if settings.access_log else None
        self._cors = Cors(settings.cors_origins) if settings.cors_origins else None
        self._own = OwnPages(self, Health(self.upstreams, limits), self._texts, settings)
        self._sweeping: asyncio.TimerHandle | None = None

    @property
    def draining(self) -> bool:
        """Whether the gateway has been told to stop."""
        return self._forwarder.draining

    @draining.setter
    def draining(self, value: bool) -> None:
        self._forwarder.draining = value

    def drop(self, ended: Iterable[str], stopped: Mapping[str, float]) -> None:
        """Refuse from now on every token that rests on what has ended, or on an account stopped (epoch seconds) after it."""
        self.tokens.drop(ended, stopped, machine_now().timestamp())

    def unreadable(self) -> bytes:
        """The whole answer to bytes that are not a request, counted and noted like any other."""
        began = machine_now().timestamp()
        visit = Visit("unreadable", "", self.ids.next(began), began, 0.0)
        visit.status = 400
        refusal = Refusal("malformed-request", reason="head")
        headers, body = problems.render(self._texts, refusal, visit.request_id, None)
        lines = [b"%b: %b\r\n" % line for line in self.answers.own(headers, visit.request_id.encode())]
        self._tell(visit, 0.0)
        return b"".join([b"HTTP/1.1 400 Bad Request\r\n", *lines, b"connection: close\r\n\r\n", body])

    def _tell(self, visit: Visit, seconds: float) -> None:
        self.figures.tell(visit.route, visit.verb, visit.status, seconds)
        if self._log is not None:
            self._log.tell(visit, seconds)

    def __call__(self, scope: Any, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http":
            return self._http(scope, receive, send)
        if scope["type"] == "lifespan":
            return self._lifespan(receive, send)
        return send({"type": "websocket.close"})

    async def _http(self, scope: Any, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        client = scope["client"]
        began = machine_now().timestamp()
        visit = Visit(scope["method"], client[0] if client else "unknown", self.ids.next(began), began, started)
        if self._sweeping is None:
            self._sweep()
        if self._cors is not None:
            send = self._cors.on(scope, send)
        try:
            path = normalised(scope["raw_path"])
            if scope["query_string"]:
                check_query(scope["query_string"])
            if (own := self._own.find(path)) is not None:
                await self._own_page(own, visit, path, scope, send)
            elif self._cors is not None and self._cors.is_preflight(scope):
                await self._cors.preflight(visit, send)
            else:
                await self._forwarder.carry(visit, path, scope, receive, send)
        except Refusal as refusal:
            await self._refuse(visit, refusal, scope, receive, send)
        except PathRefused:
            await self._refuse(visit, Refusal("malformed-request", reason="address"), scope, receive, send)
        except RequestRefused as refused:
            problem = Refusal("malformed-request", closing=True, reason=refused.reason)
            await self._refuse(visit, problem, scope, receive, send)
        except ClientGone:
            visit.status = visit.status or _CLIENT_GONE
        except Exception as error:  # the edge: whatever is unforeseen is a 500 without a word about its inside
            await self._failed(visit, error, scope, receive, send)
        self._tell(visit, time.perf_counter() - started)

    async def _own_page(self, own: Handler, visit: Visit, path: bytes, scope: Any, send: Send) -> None:
        visit.route = path.decode()
        self._gate.charge(self.limits.cost["page"], self._gate.peer(visit.address), self._forwarder.now())
        await own(visit, scope, send)

    async def _refuse(self, visit: Visit, refusal: Refusal, scope: Any, receive: Receive, send: Send) -> None:
        """A problem in two languages; where the body was not read, the connection is closed after a moment's listening."""
        visit.status = refusal.status
        asked = dict(scope["headers"])
        headers, body = problems.render(
            self._texts, refusal, visit.request_id, asked.get(b"accept-language"), as_page=_wants_page(scope, asked)
        )
        headers = self.answers.own(headers, visit.request_id.encode())
        if visit.method == "HEAD":
            body = b""
        closing = refusal.closing or self.draining or _unread(visit, scope)
        if closing:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": closing})
        if closing:
            await self._linger(receive)
            await send({"type": "http.response.body", "body": b""})

    async def _failed(self, visit: Visit, error: Exception, scope: Any, receive: Receive, send: Send) -> None:
        """A fault of our own: logged by its kind and place, answered if nothing has been answered yet."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
        logs.logger("gateway").error(
            "request.failed", error=type(error).__name__, where=where, request_id=visit.request_id
        )
        if not visit.status:
            await self._refuse(visit, Refusal("unexpected", closing=True), scope, receive, send)

    async def _linger(self, receive: Receive) -> None:
        """Listen on for a moment: a client cut off while it still sends may never read what we said."""
        heard = 0
        try:
            async with asyncio.timeout(self.limits.times.linger):
                while heard < self.limits.sizes.linger:
                    message = await receive()
                    heard += len(message.get("body", b""))
                    if message["type"] == "http.disconnect" or not message.get("more_body", False):
                        return
        except TimeoutError:
            return

    def _sweep(self) -> None:
        """Look at everything that has a time, and come again."""
        self.ends.begin()
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._forwarder.now = loop.time
        self._deadlines.sweep(now)
        for upstream in self.upstreams.values():
            upstream.sweep(now)
        self._key_source.sweep(now)
        self._sweeping = loop.call_later(self.limits.times.sweep, self._sweep)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._sweep()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    def close(self) -> None:
        """Stop sweeping, cut what is left, write the last lines."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.ends.close()
        for upstream in (*self.upstreams.values(), self._key_source):
            upstream.close()
        if self._log is not None:
            self._log.flush()

    def _gauges(self) -> Iterator[tuple[str, str, dict[str, float]]]:
        upstreams = self.upstreams.items()
        yield "gateway_in_flight", "Requests at a service now", {n: float(u.in_flight) for n, u in upstreams}
        yield (
            "gateway_breaker_open",
            "1 while a service is not asked",
            {n: float(u.breaker.opened) for n, u in upstreams},
        )
        yield "gateway_tokens_known", "Verified tokens remembered", {"": float(len(self.tokens))}
        yield "gateway_ends_age_seconds", "Since identity last said what has ended", {"identity": self.ends.age}
        yield "gateway_ends_failures", "Times identity did not say it", {"identity": float(self.ends.failures)}
        yield "gateway_buckets", "Callers that are not at rest", {"": float(len(self.buckets))}


def _unread(visit: Visit, scope: Any) -> bool:
    """Whether a body was announced that nobody has read to its end."""
    if visit.body is not None:
        return not visit.body.complete
    return any(name in {b"content-length", b"transfer-encoding"} and value != b"0" for name, value in scope["headers"])


def _wants_page(scope: Any, asked: dict[bytes, bytes]) -> bool:
    """A browser on its way to a page; whoever asks the API gets the problem as it stands in the contract."""
    return b"text/html" in asked.get(b"accept", b"") and not scope["raw_path"].startswith((b"/v1/", b"/oauth/token"))


def create_gateway(settings: Settings, log: TextIO | None = None) -> Gateway:
    """The gateway as an ASGI application, for `server.GatewayServer` alone or inside another process.

    `log` is where its lines go; standard error when None.
    """
    return Gateway(settings, log)
