"""What has ended and may still be named by a token that is out: sessions, families of tokens, and accounts that were stopped.

Identity tells it to whoever asks; it is remembered for as long as a token may live.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_NEVER = (0.0, 0.0)


@dataclass(frozen=True)
class Told:
    """One answer of identity. `stopped` are accounts with the second (epoch) up to which their tokens are bad.

    `after` is where to go on; `more` says that there is more to be had at once.
    """

    ended: list[str]
    stopped: dict[str, float]
    after: str
    more: bool

    @classmethod
    def read(cls, body: Any) -> "Told":
        """An answer as it came. Raises ValueError when it is none."""
        if not isinstance(body, dict):
            raise ValueError("no answer about what has ended")
        ended, stopped = body.get("ended"), body.get("stopped")
        if not isinstance(ended, list) or not isinstance(stopped, dict):
            raise ValueError("no answer about what has ended")
        instants = {str(each): float(at) for each, at in stopped.items() if isinstance(at, int | float)}
        return cls([str(each) for each in ended], instants, str(body.get("after", "")), body.get("more") is True)


class Ended:
    """The memory. `longest_s` is how long a token may be good for; all instants are in seconds since the epoch."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._ended: dict[str, float] = {}
        self._stopped: dict[str, tuple[float, float]] = {}

    def take(self, ended: Iterable[str], stopped: Mapping[str, float], now: float) -> bool:
        """Remember ids of what has ended, and accounts that were stopped; whether any of it was new.

        What was stopped may be opened again, and then has new tokens.
        """
        until = now + self._longest_s
        fresh = {each for each in ended if each not in self._ended}
        later = {each: at for each, at in stopped.items() if at > self._stopped.get(each, _NEVER)[0]}
        if not fresh and not later:
            return False
        self._ended = {each: kept for each, kept in self._ended.items() if kept > now} | dict.fromkeys(fresh, until)
        self._stopped = {each: kept for each, kept in self._stopped.items() if kept[1] > now}
        self._stopped |= {each: (at, until) for each, at in later.items()}
        return True

    def is_over(self, rests_on: Iterable[str], issued: float) -> bool:
        """Whether anything that a token of this time rests on has ended."""
        return any(each in self._ended or issued <= self._stopped.get(each, _NEVER)[0] for each in rests_on)
