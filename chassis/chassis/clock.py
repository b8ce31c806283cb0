"""Business time: the only clock that deadlines, ages, fees and rule dates are counted by.

Machine time (leases, locks, retries, row age) is the database's own `now()`, never this clock.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

RIYADH = ZoneInfo("Asia/Riyadh")


class ClockRefused(ValueError):
    """The clock was asked to go back, or to move where it may not."""


class Clock:
    """Now, as the business sees it: the system's time plus what a sandbox has moved it ahead.

    A sandbox clock moves forward only; outside a sandbox it cannot be moved at all.
    """

    def __init__(self, *, sandbox: bool = False) -> None:
        self._sandbox = sandbox
        self._ahead = timedelta()

    @property
    def ahead(self) -> timedelta:
        """How far business time runs before the system's time."""
        return self._ahead

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def today(self) -> date:
        """The civil day in Riyadh, by which ages turn and days begin."""
        return self.now().astimezone(RIYADH).date()

    def advance(self, by: timedelta) -> datetime:
        """Move business time ahead and return the new now. Raises ClockRefused backwards or outside a sandbox."""
        if not self._sandbox:
            raise ClockRefused("the clock moves only in a sandbox")
        if by < timedelta():
            raise ClockRefused("the clock moves forward only")
        self._ahead += by
        return self.now()

    def follow(self, ahead: timedelta) -> None:
        """Take over another process's sandbox offset when it is further ahead than ours."""
        if self._sandbox and ahead > self._ahead:
            self._ahead = ahead


def machine_now() -> datetime:
    """The system's own time, which no sandbox moves: token lifetimes, ids, lag. Never a deadline or an age."""
    return datetime.now(UTC)


def civil_day(instant: datetime) -> date:
    """The day in Riyadh on which an instant falls."""
    return instant.astimezone(RIYADH).date()


def civil_minute(instant: datetime) -> str:
    """The day and the minute in Riyadh, rounded down: how a text names an instant in either language.

    Isolated as left-to-right (U+2066, U+2069), or its parts would change places among Arabic words.
    """
    return f"\u2066{instant.astimezone(RIYADH):%Y-%m-%d %H:%M}\u2069"
