"""An exit and re-entry visa from the request to its end: statuses, actions and the one list of moves (d9)."""

from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from contracts.authority import Actor
from residency.domain import requirements as shared
from residency.domain import visa_requirements as need
from residency.domain.visa_requirements import VisaFacts


class Status(StrEnum):
    """Where a visa stands."""

    REQUESTED = "requested"
    AWAITING_PAYMENT = "awaiting_payment"
    FEE_RESERVED = "fee_reserved"
    VERIFYING = "verifying"
    ISSUING = "issuing"
    ISSUED = "issued"
    USED = "used"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Action(StrEnum):
    """What can be done with a visa."""

    RESERVE = "reserve"
    CONFIRM_RESERVE = "confirm_reserve"
    DECLINE_RESERVE = "decline_reserve"
    STOP_WAITING = "stop_waiting"
    ISSUE = "issue"
    VERIFY = "verify"
    RETURN = "return"
    CONFIRM_ISSUE = "confirm_issue"
    USE = "use"
    CANCEL = "cancel"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


S, A = Status, Action
APPLICANTS = (Actor.SPONSOR, Actor.HOUSEHOLD_HEAD, Actor.GRANTEE)

EXIT_REENTRY_VISA: Lifecycle[Status, Action, VisaFacts] = Lifecycle(
    "exit_reentry_visa",
    Status,
    S.REQUESTED,
    [
        move(A.RESERVE, S.REQUESTED, S.AWAITING_PAYMENT, by=APPLICANTS, needs=need.ENTITLED, waits=True),
        # Asked again after a refusal: by the applicant at once, by the clock from time to time.
        move(
            A.RESERVE,
            S.AWAITING_PAYMENT,
            S.AWAITING_PAYMENT,
            by=[*APPLICANTS, Actor.SYSTEM],
            needs=[shared.payment_is_not_under_way],
        ),
        move(A.CONFIRM_RESERVE, S.AWAITING_PAYMENT, S.FEE_RESERVED, by=Actor.SYSTEM, needs=[shared.fee_is_reserved]),
        move(A.DECLINE_RESERVE, S.AWAITING_PAYMENT, S.AWAITING_PAYMENT, by=Actor.SYSTEM),
        move(
            A.STOP_WAITING,
            S.AWAITING_PAYMENT,
            S.REQUESTED,
            by=Actor.SYSTEM,
            needs=[shared.payment_is_not_under_way],
        ),
        # What a body outside still checks does not hold the applicant up: the case waits for it by itself.
        move(
            A.ISSUE,
            S.FEE_RESERVED,
            S.VERIFYING,
            by=APPLICANTS,
            needs=[need.issuing_is_open, *need.ENTITLED, shared.fee_is_reserved],
            waits=True,
        ),
        move(A.VERIFY, S.VERIFYING, S.ISSUING, by=Actor.SYSTEM, needs=[*need.ENTITLED, shared.fee_is_reserved]),
        move(A.RETURN, S.VERIFYING, S.FEE_RESERVED, by=Actor.SYSTEM),
        move(A.CONFIRM_ISSUE, S.ISSUING, S.ISSUED, by=Actor.SYSTEM, needs=[shared.fee_is_consumed]),
        move(A.USE, S.ISSUED, S.USED, by=Actor.SYSTEM),
        move(A.CANCEL, S.ISSUED, S.CANCELLED, by=APPLICANTS, needs=need.CANCELLABLE),
        move(A.LAPSE, S.ISSUED, S.LAPSED, by=Actor.SYSTEM),
        move(
            A.WITHDRAW,
            [S.REQUESTED, S.AWAITING_PAYMENT, S.FEE_RESERVED],
            S.WITHDRAWN,
            by=APPLICANTS,
            needs=[shared.payment_is_not_under_way],
        ),
        move(A.EXPIRE, [S.REQUESTED, S.FEE_RESERVED], S.EXPIRED, by=Actor.SYSTEM),
    ],
)

ENDED = EXIT_REENTRY_VISA.final
IN_FORCE = frozenset({S.VERIFYING, S.ISSUING, S.ISSUED})
"""Statuses of which a person has at most one visa at a time."""
HAS_BEEN_ISSUED = frozenset({S.ISSUED, S.USED, S.CANCELLED, S.LAPSED})
"""Statuses that only a consumed fee leads to."""
