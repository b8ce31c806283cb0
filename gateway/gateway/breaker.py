"""Stops asking a service that does not answer; asks again with one request now and then."""

from gateway.limits import BreakerBounds


class Breaker:
    """Opens when enough of the calls since the first failure of a window failed; half-open lets one probe through.

    Counting starts with a failure, so a service that is well costs one addition a call. Times are loop times (seconds).
    """

    __slots__ = ("_bounds", "_calls", "_failed", "_next_probe", "_since", "opened")

    def __init__(self, bounds: BreakerBounds) -> None:
        self._bounds = bounds
        self._calls = 0
        self._failed = 0
        self._since = 0.0
        self._next_probe = 0.0
        self.opened = False

    def allows(self, now: float) -> bool:
        """Whether a call may go out now; while open, one probe each `probe_every` seconds."""
        if not self.opened:
            return True
        if now < self._next_probe:
            return False
        self._next_probe = now + self._bounds.probe_every
        return True

    def succeeded(self) -> None:
        """A head came back, whatever it said."""
        self._calls += 1
        if self.opened:
            self.opened = False
            self._calls = self._failed = 0

    def failed(self, now: float) -> None:
        """Refused, cut, or late."""
        if now - self._since > self._bounds.window:
            self._since, self._calls, self._failed = now, 0, 0
        self._calls += 1
        self._failed += 1
        if self._calls >= self._bounds.calls and self._failed >= self._bounds.failed_share * self._calls:
            self.opened = True
            self._next_probe = now + self._bounds.probe_every

    def wait(self, now: float) -> float:
        """Seconds until the next probe."""
        return max(self._next_probe - now, 0.0)
