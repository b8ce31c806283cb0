"""Token buckets in memory, one number each: the time at which the bucket would be full again."""

from gateway.limits import Cost


class Buckets:
    """How much each caller may still do. A full bucket is no entry at all, so forgetting one is never unfair."""

    __slots__ = ("_full_at", "_kept")

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._full_at: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, cost: Cost, caller: str, now: float) -> float:
        """Take one; 0.0 when there was one, else the seconds until there is (nothing is taken then)."""
        key = (cost.name, caller)
        full_at = self._full_at.get(key, now)
        full_at = (max(full_at, now)) + 1.0 / cost.rate
        wait = full_at - now - cost.burst / cost.rate
        if wait > 1e-9:
            return wait
        if key not in self._full_at and len(self._full_at) >= self._kept:
            self._forget(now)
        self._full_at[key] = full_at
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop what is full again; if that is too little, the oldest tenth (callers flood us with new addresses)."""
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        if len(self._full_at) >= self._kept:
            for key in list(self._full_at)[: max(self._kept // 10, 1)]:
                del self._full_at[key]
