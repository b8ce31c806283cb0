"""Looking into a compact token without believing it."""

from __future__ import annotations

import base64
import json
from typing import Any

from conformance.pack.modules import Failed


def header_of(token: str) -> dict[str, Any]:
    """The unverified header of a compact token."""
    return _decoded(token.split(".")[0])


def claims_in(token: str) -> dict[str, Any]:
    """The unverified claims of a compact token."""
    return _decoded(token.split(".")[1])


def _decoded(part: str) -> dict[str, Any]:
    try:
        return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
    except (ValueError, IndexError) as error:
        raise Failed(f"not a token: {error}") from error
