"""The carrier's door believes a body without a signature, and answers whose envelope it is."""

from typing import Any

SERVICE = "delivery"
ROUTES = ("POST /callbacks/post",)


def plant(patch: Any, stage: Any) -> None:
    from delivery.api import callbacks
    from partners.post import Scan

    def believe(_secrets: Any, _headers: Any, body: bytes, now: Any) -> Scan:
        envelope = body.partition(b'"envelope": "')[2].partition(b'"')[0].decode()
        return Scan(message_id="msg_1", s10=envelope, kind="in_transit", scanned_at=now)

    patch.set(callbacks, "verify_callback", believe)
