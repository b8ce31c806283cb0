"""The renewal of an iqama, blocked until everything holds: statuses, actions and the one list of moves (d8)."""

from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from contracts.authority import Actor
from residency.domain import requirements as shared
from residency.domain.renewal_requirements import ENTITLED, RenewalFacts


class Status(StrEnum):
    """Where a renewal stands."""

    DRAFT = "draft"
    BLOCKED = "blocked"
    READY = "ready"
    AWAITING_PAYMENT = "awaiting_payment"
    FEE_RESERVED = "fee_reserved"
    SUBMITTED = "submitted"
    RENEWING = "renewing"
    RENEWED = "renewed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Action(StrEnum):
    """What can be done with a renewal."""

    BLOCK = "block"
    CLEAR = "clear"
    RESERVE = "reserve"
    CONFIRM_RESERVE = "confirm_reserve"
    DECLINE_RESERVE = "decline_reserve"
    STOP_WAITING = "stop_waiting"
    SUBMIT = "submit"
    VERIFY = "verify"
    CONFIRM_RENEWAL = "confirm_renewal"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


S, A = Status, Action
APPLICANTS = (Actor.SPONSOR, Actor.HOUSEHOLD_HEAD, Actor.GRANTEE)

IQAMA_RENEWAL: Lifecycle[Status, Action, RenewalFacts] = Lifecycle(
    "iqama_renewal",
    Status,
    S.DRAFT,
    [
        # Blocked again when something else comes to stand in the way; what was reserved is then given back.
        move(A.BLOCK, [S.DRAFT, S.BLOCKED, S.READY, S.SUBMITTED], S.BLOCKED, by=Actor.SYSTEM),
        move(A.CLEAR, [S.DRAFT, S.BLOCKED], S.READY, by=Actor.SYSTEM, needs=ENTITLED),
        move(A.RESERVE, S.READY, S.AWAITING_PAYMENT, by=APPLICANTS, needs=ENTITLED, waits=True),
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
            S.READY,
            by=Actor.SYSTEM,
            needs=[shared.payment_is_not_under_way],
        ),
        # Too early, and the answer says everything that is missing, the fee included.
        move(
            A.SUBMIT,
            [S.DRAFT, S.BLOCKED, S.READY, S.AWAITING_PAYMENT],
            S.SUBMITTED,
            by=APPLICANTS,
            needs=[*ENTITLED, shared.fee_is_reserved],
        ),
        # What a body outside still checks does not hold the applicant up: the case waits for it by itself.
        move(
            A.SUBMIT,
            S.FEE_RESERVED,
            S.SUBMITTED,
            by=APPLICANTS,
            needs=[*ENTITLED, shared.fee_is_reserved],
            waits=True,
        ),
        move(A.VERIFY, S.SUBMITTED, S.RENEWING, by=Actor.SYSTEM, needs=[*ENTITLED, shared.fee_is_reserved]),
        move(A.CONFIRM_RENEWAL, S.RENEWING, S.RENEWED, by=Actor.SYSTEM, needs=[shared.fee_is_consumed]),
        move(
            A.WITHDRAW,
            [S.DRAFT, S.BLOCKED, S.READY, S.AWAITING_PAYMENT, S.FEE_RESERVED],
            S.WITHDRAWN,
            by=APPLICANTS,
            needs=[shared.payment_is_not_under_way],
        ),
        move(A.EXPIRE, [S.DRAFT, S.BLOCKED, S.READY, S.FEE_RESERVED], S.EXPIRED, by=Actor.SYSTEM),
    ],
)

ENDED = IQAMA_RENEWAL.final
BEING_DECIDED = frozenset({S.DRAFT, S.BLOCKED, S.SUBMITTED})
"""Statuses that an answer from outside may move on."""
