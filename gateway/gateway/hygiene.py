"""What of a request's headers goes on to a service: hop-by-hop and identity from outside never, doubles not at all."""

import re
from collections.abc import Iterable

_KEEP, _DROP, _ONCE, _AUTHORIZATION, _LENGTH, _CODING, _CONNECTION, _TRACE, _CALLER_ID, _HOST, _LANGUAGE, _EXPECT = (
    range(12)
)

_ACTIONS = {
    b"accept": _KEEP,
    b"accept-encoding": _KEEP,
    b"accept-language": _LANGUAGE,
    b"authorization": _AUTHORIZATION,
    b"connection": _CONNECTION,
    b"content-length": _LENGTH,
    b"content-type": _ONCE,
    b"cookie": _KEEP,
    b"expect": _EXPECT,
    b"host": _HOST,
    b"idempotency-key": _ONCE,
    b"if-match": _ONCE,
    b"keep-alive": _DROP,
    b"proxy-authenticate": _DROP,
    b"proxy-authorization": _DROP,
    b"proxy-connection": _DROP,
    b"te": _DROP,
    b"traceparent": _TRACE,
    b"trailer": _DROP,
    b"transfer-encoding": _CODING,
    b"upgrade": _DROP,
    b"user-agent": _KEEP,
    b"x-request-id": _CALLER_ID,
}

# Names by which some proxy or service somewhere believes it is told who is calling, from where, for what or until when.
_IDENTITY = re.compile(
    rb"""x[.-]?(?:user|person|principal|actor|subject|account|role|scope|group|tenant|client|auth(?:enticated|ori[sz]ed)?|session|staff|officer
    |forwarded|original|rewrite|real|remote|cluster|envoy|amzn|amz|goog|ms|jwt|token|id-?token|access|api-?gateway
    |http-?method|method|override|deadline|internal|service|ssl|tls|host|proxy|trusted|verified|consumer|credential)
    (?:[.-]|s?\Z|id|name|e?mail|role|info|data|key|type|url|ip|port)
    |forwarded|via|from|remote-|true-client|client-ip|cf-|fastly-|fly-|x-azure|x-appengine|front-end-https|ssl-|tls-
    |jawaz-|proxy|http2-settings|alt-used|cdn-loop|early-data|max-forwards|authentication""",
    re.VERBOSE,
)
_NEVER_NAMED = frozenset(name for name, action in _ACTIONS.items() if action not in {_KEEP, _DROP, _CODING}) | {
    b"cookie"
}
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_CALLER_ID_SHAPE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_LEARNT_AT_MOST = 2048
_LONGEST_LENGTH = 12  # digits


class RequestRefused(ValueError):
    """The head has more than one reading; `reason` is a word for the problem's details, never a value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Head:
    """A request's head after inspection: the lines that go on (as wire parts), and what the gateway itself reads."""

    __slots__ = ("authorization", "caller_request_id", "chunked", "host", "language", "length", "lines", "traceparent")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.authorization: bytes | None = None
        self.length: int | None = None
        self.chunked = False
        self.traceparent: bytes | None = None
        self.caller_request_id: str | None = None
        self.language: bytes | None = None
        self.host: bytes | None = None


class Hygiene:
    """Sorts headers by a table, which learns what it decided about names it had not met (bounded: strangers name them)."""

    __slots__ = ("_actions", "_at_most")

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._actions = dict(_ACTIONS)

    def inspect(self, headers: Iterable[tuple[bytes, bytes]]) -> Head:
        """Sort a request's headers (names in lower case). Raises RequestRefused for doubles and contradictions."""
        head = Head()
        lines = head.lines
        actions = self._actions
        seen: list[bytes] = []
        named: set[bytes] = set()
        count = 0
        for name, value in headers:
            count += 1
            action = actions.get(name)
            if action is None:
                action = self._learn(name)
            if action == _KEEP:
                lines += (name, b": ", value, b"\r\n")
            elif action == _CONNECTION:
                _name(value, named)
            elif action != _DROP:
                if name in seen:
                    _doubled(name, action)
                    continue
                seen.append(name)
                _special(head, action, name, value)
        if count > self._at_most:
            raise RequestRefused("too many headers")
        if head.chunked and head.length is not None:
            raise RequestRefused("both content-length and transfer-encoding")
        if named:
            _drop_named(lines, named)
        return head

    def _learn(self, name: bytes) -> int:
        action = _DROP if b"_" in name or _IDENTITY.match(name) else _KEEP
        if len(self._actions) < _LEARNT_AT_MOST:
            self._actions[name] = action
        return action


def _doubled(name: bytes, action: int) -> None:
    """A second copy: the first counts where nothing hangs on it, else the request is refused."""
    if action not in {_TRACE, _CALLER_ID, _LANGUAGE}:
        raise RequestRefused(f"doubled {name.decode()}")


def _special(head: Head, action: int, name: bytes, value: bytes) -> None:
    if action == _HOST:
        head.host = value
    elif action == _AUTHORIZATION:
        head.authorization = value
        head.lines += (name, b": ", value, b"\r\n")
    elif action in (_ONCE, _LANGUAGE):
        head.lines += (name, b": ", value, b"\r\n")
    elif action == _LENGTH:
        if not value.isdigit() or len(value) > _LONGEST_LENGTH:
            raise RequestRefused("content-length")
        head.length = int(value)
    elif action == _CODING:
        if value.lower() != b"chunked":
            raise RequestRefused("transfer-encoding")
        head.chunked = True
    elif action == _TRACE:
        if _TRACEPARENT.fullmatch(value):
            head.traceparent = value
    elif action == _CALLER_ID:
        if _CALLER_ID_SHAPE.fullmatch(value):
            head.caller_request_id = value.decode()
    elif value.lower() != b"100-continue":
        raise RequestRefused("expect")


def _name(value: bytes, named: set[bytes]) -> None:
    """Collect what a Connection header declares to be of this hop only."""
    for token in value.lower().split(b","):
        name = token.strip()
        if name in _NEVER_NAMED:
            raise RequestRefused("connection names an end-to-end header")
        if name not in {b"", b"close", b"keep-alive", b"upgrade"}:
            named.add(name)


def _drop_named(lines: list[bytes], named: set[bytes]) -> None:
    for at in range(len(lines) - 4, -1, -4):
        if lines[at] in named:
            del lines[at : at + 4]
