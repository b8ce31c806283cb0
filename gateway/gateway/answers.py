"""What of a service's answer goes out, and what the gateway adds to every answer."""

_DROPPED = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-connection", b"te", b"trailer", b"transfer-encoding",
    b"upgrade", b"date", b"server", b"x-powered-by", b"x-request-id", b"alt-svc", b"strict-transport-security",
    b"access-control-allow-origin", b"access-control-allow-credentials", b"access-control-allow-methods",
    b"access-control-allow-headers", b"access-control-expose-headers", b"access-control-max-age",
})  # fmt: skip
# Not `no-referrer`: with it browsers send `Origin: null` from our own forms, which services rightly refuse.
_REFERRER = b"same-origin"
_BODILESS = frozenset({204, 304})

Headers = list[tuple[bytes, bytes]]


class Answers:
    """Builds the headers of outgoing answers. Made once; holds what is the same for all."""

    __slots__ = ("_always",)

    def __init__(self, *, https_for: int) -> None:
        """`https_for`: seconds a browser shall insist on https; 0 where the public address is plain http."""
        self._always: Headers = [(b"x-content-type-options", b"nosniff")]
        if https_for:
            self._always.append((b"strict-transport-security", b"max-age=%d; includeSubDomains" % https_for))

    def onward(self, status: int, headers: Headers, request_id: bytes, *, private: bool) -> Headers:
        """A service's headers without those of the inner hop, with ours. `private`: not to be stored unless it says so."""
        out = [*self._always, (b"x-request-id", request_id)]
        cached = referrer = False
        for header in headers:
            name = header[0].lower()
            if name in _DROPPED or (name == b"content-length" and status in _BODILESS):
                continue
            if name == b"cache-control":
                cached = True
            elif name == b"referrer-policy":
                referrer = True
            elif name == b"x-content-type-options":
                continue
            out.append((name, header[1]))
        if not referrer:
            out.append((b"referrer-policy", _REFERRER))
        if private and not cached:
            out.append((b"cache-control", b"no-store"))
        return out

    def own(self, headers: Headers, request_id: bytes) -> Headers:
        """The headers of an answer the gateway gives itself."""
        return [*self._always, (b"x-request-id", request_id), (b"referrer-policy", _REFERRER), *headers]
