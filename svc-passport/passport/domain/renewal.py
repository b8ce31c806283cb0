"""A renewal from draft to the door and activation: statuses, actions and the one list of moves (d3, d4, d5)."""

from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from contracts.authority import Actor
from passport.domain import requirements as need
from passport.domain.facts import RenewalFacts


class Status(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    FEE_RESERVED = "fee_reserved"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    PRINTING = "printing"
    PRINTED = "printed"
    PACKED = "packed"
    WITH_CARRIER = "with_carrier"
    RETURNED_TO_SOURCE = "returned_to_source"
    LOST = "lost"
    AWAITING_ACTIVATION = "awaiting_activation"
    COMPLETED = "completed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Action(StrEnum):
    """What can be done with an application."""

    RESERVE = "reserve"
    CONFIRM_RESERVE = "confirm_reserve"
    DECLINE_RESERVE = "decline_reserve"
    STOP_WAITING = "stop_waiting"
    SUBMIT = "submit"
    VERIFY = "verify"
    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"
    PRINT = "print"
    REPRINT = "reprint"
    RECORD_PRINT = "record_print"
    PACK = "pack"
    HAND_OVER = "hand_over"
    DELIVER = "deliver"
    RETURN_TO_SOURCE = "return_to_source"
    LOSE = "lose"
    REISSUE = "reissue"
    ACTIVATE = "activate"
    CANCEL = "cancel"
    EXPIRE = "expire"


HOLDERS = (Actor.HOLDER, Actor.HOUSEHOLD_HEAD, Actor.GRANTEE)

RENEWAL: Lifecycle[Status, Action, RenewalFacts] = Lifecycle(
    "renewal",
    Status,
    Status.DRAFT,
    [
        move(
            Action.RESERVE,
            {Status.DRAFT, Status.RETURNED},
            Status.AWAITING_PAYMENT,
            by=HOLDERS,
            needs=[*need.ENTITLED, *need.PREPARED, need.fee_is_not_reserved_yet],
        ),
        # Asked again after a refusal: by the holder at once, by the clock from time to time.
        move(
            Action.RESERVE,
            Status.AWAITING_PAYMENT,
            Status.AWAITING_PAYMENT,
            by=[*HOLDERS, Actor.SYSTEM],
            needs=[need.payment_is_not_under_way],
        ),
        move(
            Action.CONFIRM_RESERVE,
            Status.AWAITING_PAYMENT,
            Status.FEE_RESERVED,
            by=Actor.SYSTEM,
            needs=[need.fee_is_reserved],
        ),
        move(Action.DECLINE_RESERVE, Status.AWAITING_PAYMENT, Status.AWAITING_PAYMENT, by=Actor.SYSTEM),
        move(
            Action.STOP_WAITING,
            Status.AWAITING_PAYMENT,
            Status.DRAFT,
            by=Actor.SYSTEM,
            needs=[need.payment_is_not_under_way],
        ),
        # What a body outside still checks does not hold the applicant up: the case waits for it by itself.
        move(
            Action.SUBMIT,
            {Status.FEE_RESERVED, Status.RETURNED},
            Status.SUBMITTED,
            by=HOLDERS,
            needs=[need.submitting_is_open, *need.ENTITLED, *need.PREPARED, need.fee_is_reserved],
            waits=True,
        ),
        move(
            Action.VERIFY,
            Status.SUBMITTED,
            Status.IN_REVIEW,
            by=Actor.SYSTEM,
            needs=[*need.ENTITLED, need.data_is_reviewed, need.delivery_address_is_chosen],
        ),
        move(Action.RETURN, {Status.SUBMITTED, Status.APPROVED}, Status.RETURNED, by=Actor.SYSTEM),
        move(Action.REFUSE, Status.SUBMITTED, Status.REFUSED, by=Actor.SYSTEM),
        move(
            Action.APPROVE,
            Status.IN_REVIEW,
            Status.APPROVED,
            by=Actor.OFFICER,
            needs=[need.fee_is_reserved, need.photo_is_accepted, need.english_name_is_accepted],
        ),
        move(Action.RETURN, Status.IN_REVIEW, Status.RETURNED, by=Actor.OFFICER),
        move(Action.REFUSE, Status.IN_REVIEW, Status.REFUSED, by=Actor.OFFICER),
        move(Action.PRINT, Status.APPROVED, Status.PRINTING, by=Actor.SYSTEM, needs=[need.fee_is_consumed]),
        move(Action.REPRINT, Status.PRINTING, Status.PRINTING, by=Actor.SYSTEM),
        move(Action.REPRINT, Status.PRINTING, Status.PRINTING, by=Actor.OPERATOR, needs=[need.print_was_refused]),
        move(Action.RECORD_PRINT, Status.PRINTING, Status.PRINTED, by=Actor.SYSTEM),
        move(Action.PACK, {Status.PRINTED, Status.RETURNED_TO_SOURCE}, Status.PACKED, by=Actor.SYSTEM),
        move(Action.HAND_OVER, Status.PACKED, Status.WITH_CARRIER, by=Actor.SYSTEM),
        move(Action.DELIVER, Status.WITH_CARRIER, Status.AWAITING_ACTIVATION, by=Actor.SYSTEM),
        move(Action.RETURN_TO_SOURCE, Status.WITH_CARRIER, Status.RETURNED_TO_SOURCE, by=Actor.SYSTEM),
        move(Action.LOSE, {Status.PACKED, Status.WITH_CARRIER}, Status.LOST, by=Actor.SYSTEM),
        move(Action.REISSUE, Status.LOST, Status.PRINTING, by=Actor.SYSTEM, needs=[need.fee_is_consumed]),
        # A booklet that came back is handed out at an office, where the old one is looked at in the same visit.
        move(
            Action.ACTIVATE,
            {Status.AWAITING_ACTIVATION, Status.RETURNED_TO_SOURCE},
            Status.COMPLETED,
            by=Actor.CLERK,
            needs=[need.old_booklet_matches],
        ),
        move(
            Action.ACTIVATE,
            Status.AWAITING_ACTIVATION,
            Status.COMPLETED,
            by=Actor.SYSTEM,
            needs=[need.activation_is_not_required],
        ),
        move(
            Action.CANCEL,
            {
                Status.DRAFT,
                Status.AWAITING_PAYMENT,
                Status.FEE_RESERVED,
                Status.SUBMITTED,
                Status.IN_REVIEW,
                Status.RETURNED,
            },
            Status.CANCELLED,
            by=HOLDERS,
            needs=[need.cancelling_is_open],
        ),
        move(Action.EXPIRE, {Status.DRAFT, Status.FEE_RESERVED, Status.RETURNED}, Status.EXPIRED, by=Actor.SYSTEM),
    ],
)

ENDED = RENEWAL.final
AMENDABLE = frozenset({Status.DRAFT, Status.FEE_RESERVED, Status.RETURNED})
"""Statuses in which photo, name, address, pledges and review may still change."""
