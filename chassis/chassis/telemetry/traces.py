"""W3C trace context carried across HTTP and events; spans leave by OTLP only when an endpoint is configured."""

import contextlib
import re
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")


@dataclass(frozen=True)
class TraceContext:
    """Where this work stands in an errand: the trace it belongs to, its span, and the request that began it."""

    trace_id: str
    span_id: str
    request_id: str | None = None

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-01"


_current: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)


def current() -> TraceContext | None:
    """The context this task works under, if any."""
    return _current.get()


def continued(traceparent: str | None, request_id: str | None = None) -> TraceContext:
    """A new span under the given parent; a new trace when the parent is absent or malformed."""
    match = _TRACEPARENT.match(traceparent or "")
    trace_id = match.group(1) if match else secrets.token_hex(16)
    return TraceContext(trace_id, secrets.token_hex(8), request_id)


@contextlib.contextmanager
def under(context: TraceContext) -> Iterator[TraceContext]:
    """Work under this context until the block ends."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@contextlib.contextmanager
def span(name: str, **attributes: str | int) -> Iterator[None]:
    """A recorded span when tracing is configured, else nothing. Attributes are opaque ids only."""
    context = _current.get()
    if context is None:
        yield
        return
    parent = trace.set_span_in_context(
        NonRecordingSpan(
            SpanContext(int(context.trace_id, 16), int(context.span_id, 16), True, TraceFlags(TraceFlags.SAMPLED))
        )
    )
    with trace.get_tracer("chassis").start_as_current_span(name, context=parent, attributes=attributes):
        yield


def outgoing_headers() -> dict[str, str]:
    """What a call to another party carries so that its spans join ours."""
    context = _current.get()
    if context is None:
        return {}
    headers = {"traceparent": context.traceparent}
    if context.request_id:
        headers["x-request-id"] = context.request_id
    return headers


def export_to(endpoint: str, service: str) -> None:
    """Send spans to an OTLP/HTTP collector; called once at start when an endpoint is configured."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
