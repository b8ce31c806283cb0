"""Time-outs that share one look at the clock: a timer of its own for every request costs more than what it guards."""

import asyncio
from types import TracebackType


class Deadline:
    """Like `asyncio.timeout`, as a plain `with` block around awaits: raises TimeoutError when its time has passed.

    Precise to the sweep that calls `Deadlines.sweep`.
    """

    __slots__ = ("_all", "_cancelling", "_passed", "_task", "at")

    def __init__(self, every: "set[Deadline]", at: float) -> None:
        self._all = every
        self.at = at
        self._passed = False
        self._cancelling = 0
        self._task: asyncio.Task[object] | None = None

    def __enter__(self) -> None:
        self._task = task = asyncio.current_task()
        assert task is not None
        self._cancelling = task.cancelling()
        self._all.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._all.discard(self)
        task = self._task
        if self._passed and task is not None and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def end(self) -> None:
        """The time has passed."""
        self._passed = True
        self._all.discard(self)
        if self._task is not None:
            self._task.cancel()


class Deadlines:
    """All blocks that are being waited in. Times are loop times (seconds)."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: set[Deadline] = set()

    def until(self, at: float) -> Deadline:
        """A block that ends at that time."""
        return Deadline(self._all, at)

    def sweep(self, now: float) -> None:
        """End the blocks whose time has passed."""
        for deadline in [each for each in self._all if now > each.at]:
            deadline.end()
