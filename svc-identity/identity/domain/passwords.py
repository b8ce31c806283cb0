"""What a password must be, by the dated rule, and how long to wait after wrong ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any


def faults_of(password: str, number: str, shape: Mapping[str, Any]) -> list[str]:
    """Every way in which the password breaks the rule `identity.password.shape`, as slugs; empty when it is good."""
    faults = []
    if len(password) < shape["least_length"]:
        faults.append("password-too-short")
    if len(password) > shape["most_length"]:
        faults.append("password-too-long")
    if not all(" " <= character <= "~" for character in password):
        faults.append("password-not-latin")
    kinds = {
        "password-lacks-upper": (str.isupper, "least_upper"),
        "password-lacks-lower": (str.islower, "least_lower"),
        "password-lacks-digit": (str.isdigit, "least_digits"),
    }
    faults += [slug for slug, (is_one, least) in kinds.items() if sum(map(is_one, password)) < shape[least]]
    if not shape["may_be_the_number"] and number and number in password:
        faults.append("password-is-the-number")
    return faults


def wait_after(tries: Sequence[datetime], rule: Mapping[str, int], now: datetime) -> int:
    """Seconds until the next try may be made, after these tries (oldest first); 0 when it may be made now."""
    if len(tries) < rule["after"]:
        return 0
    pause = min(rule["first"] << (len(tries) - rule["after"]), rule["longest"])
    left = tries[-1] + timedelta(seconds=pause) - now
    return max(0, -(-int(left.total_seconds() * 1000) // 1000))


def resend_wait(sent: int, rule: Mapping[str, int]) -> timedelta:
    """How long after the last of `sent` codes another one may be asked for."""
    return timedelta(seconds=min(rule["first"] << max(0, sent - 1), rule["longest"]))
