"""Why a case went back or ended by itself; texts `reason.<word>`."""

from enum import StrEnum


class SystemReason(StrEnum):
    """What the house itself says in a case's history."""

    REQUIREMENTS = "requirements"
    PAYMENT_WAIT_OVER = "payment-wait-over"
    KEPT_LONG_ENOUGH = "kept-long-enough"
    NOBODY_LEFT = "nobody-left"
    HOLDER_LEFT = "holder-left"
