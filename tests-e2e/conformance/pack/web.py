"""HTTP as the pack speaks it: no redirects followed, no proxies, one TLS context for the many clients it opens."""

from __future__ import annotations

import ssl
from functools import cache

import httpx2

_TIMEOUT_S = 20


def open_web(headers: dict[str, str] | None = None, **more: str) -> httpx2.AsyncClient:
    """A client with cookies of its own."""
    return httpx2.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, verify=_tls(), headers=headers, **more)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
