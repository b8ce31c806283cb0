"""One request as the gateway remembers it until its line is written."""

from gateway.bodies import Body
from gateway.hygiene import Head

METHODS = {m: m.encode() for m in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
ALLOW = ", ".join(METHODS).encode()


class Visit:
    """What is known of one request; never its query, body or headers' values."""

    __slots__ = (
        "address",
        "began",
        "body",
        "closing",
        "head",
        "method",
        "request_id",
        "route",
        "service",
        "started",
        "status",
        "verb",
    )

    def __init__(self, method: str, address: str, request_id: str, began: float, started: float) -> None:
        """`began` in seconds since the epoch, `started` on the machine's steady clock."""
        self.method = method
        # A name for logs and figures: strangers may send any word.
        self.verb = method if method in METHODS else "other"
        self.address = address
        self.request_id = request_id
        self.began = began
        self.started = started
        self.route = "unmatched"
        self.service = "gateway"
        self.status = 0
        self.head: Head | None = None
        self.body: Body | None = None
        self.closing = False
