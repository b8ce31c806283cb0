"""The freeze after a mobile has changed: acts of consequence wait until whoever had the old one has had time to object."""

from datetime import datetime


def is_frozen(frozen_until: datetime | None, now: datetime) -> bool:
    """Whether an account may do nothing of consequence now."""
    return frozen_until is not None and frozen_until > now
