"""No clock but `chassis/clock.py`.

Business time is a parameter: the sandbox moves it for the whole platform at once, and a test says what day it is. A stray
`datetime.now()` is a deadline that does not move with the others. `time.monotonic` and `time.perf_counter` measure, and are free.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.rules.source import Source, Violation

_ALLOWED = "chassis/chassis/clock.py"
_CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
}


def check(source: Source) -> Iterator[Violation]:
    """Any mention of the system's clock, called or handed on, outside the chassis' clock; tests and tools are free."""
    if not source.is_python or source.is_test or source.path.parts[0] == "tools" or str(source.path) == _ALLOWED:
        return
    for node, name in source.references():
        if name in _CLOCKS:
            yield source.at(node.lineno, f"{name}: ask chassis.clock, or take the time as a parameter")
