"""Structured JSON logs. A last processor drops any value that looks like a person's number, mobile or token."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from chassis.telemetry import traces

_PERSONAL = re.compile(r"(?<!\d)(?:[12]\d{9}|(?:\+|00)?9665\d{8}|05\d{8})(?!\d)|eyJ[\w-]{10,}\.[\w-]{10,}")


def add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the trace and request a line belongs to."""
    if (context := traces.current()) is not None:
        event.setdefault("trace_id", context.trace_id)
        if context.request_id:
            event.setdefault("request_id", context.request_id)
    return event


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The net below good manners: what looks personal leaves as a mark, in every string of the line."""
    for key, value in event.items():
        event[key] = _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return _PERSONAL.sub("[personal]", value)
    if isinstance(value, dict):
        return {key: _redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner) for inner in value]
    return value


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """One JSON object a line, to standard error or the given stream."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(service: str) -> Any:
    """A logger that names its service on every line."""
    return structlog.get_logger(service=service)
