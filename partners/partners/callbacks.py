"""Signed callbacks (Standard Webhooks): the message id, a timestamp and HMAC-SHA256 over `id.timestamp.body`.

Headers are `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (`v1,<base64>`, several separated by a
space while a secret is being rotated). Secrets are `whsec_<base64>`; any other text is used as its bytes.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

__all__ = ["WINDOW_S", "CallbackRefused", "sign", "verify"]

WINDOW_S = 300  # the standard's own tolerance, both ways; a protocol constant, not a rule of the house
_PREFIX = "whsec_"


class CallbackRefused(Exception):
    """A callback that must change nothing: `slug` is signature-missing, -wrong, -old or body-not-valid."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        return base64.b64decode(secret.removeprefix(_PREFIX))
    return secret.encode()


def _signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a callback sent at this instant."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_signature(secret, message_id, timestamp, body)}",
    }


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The message id of a callback signed with one of the secrets within the window. Raises CallbackRefused.

    Replays inside the window pass: the receiver keeps the ids it has applied, in the transaction of their effect.
    """
    told = {name.lower(): value for name, value in headers.items()}
    message_id = told.get("webhook-id", "")
    stamp = told.get("webhook-timestamp", "")
    signatures = told.get("webhook-signature", "")
    if not (message_id and signatures and stamp.isascii() and stamp.isdigit()):
        raise CallbackRefused("signature-missing")
    timestamp = int(stamp)
    given = [part.removeprefix("v1,") for part in signatures.split() if part.startswith("v1,")]
    try:
        wanted = [_signature(secret, message_id, timestamp, body) for secret in secrets]
    except (binascii.Error, ValueError):
        raise ValueError("a callback secret is not valid base64") from None
    # Every pair is compared, so that the time taken tells nothing of which secret or which signature was near.
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in wanted]
    if not any(matches):
        raise CallbackRefused("signature-wrong")
    if abs(now.timestamp() - timestamp) > WINDOW_S:
        raise CallbackRefused("signature-old")
    return message_id
