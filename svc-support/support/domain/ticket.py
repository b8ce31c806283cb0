"""A ticket's life (d19): handled by a specialist, returned to its applicant and back, processed, closed."""

from dataclasses import dataclass
from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from chassis.requirements import Verdict, holds, requirement
from contracts.authority import Actor


class Status(StrEnum):
    """The directorate's own five words."""

    UNDER_PROCESSING = "under_processing"
    RETURNED_TO_APPLICANT = "returned_to_applicant"
    RETURNED_FROM_APPLICANT = "returned_from_applicant"
    PROCESSED = "processed"
    CLOSED = "closed"


class Action(StrEnum):
    """What can be done to a ticket; the same word on every button, route and test."""

    RETURN = "return"
    ANSWER = "answer"
    RESUME = "resume"
    PROCESS = "process"
    CONFIRM = "confirm"
    REJECT = "reject"
    CLOSE = "close"


class Category(StrEnum):
    """Why somebody asks for help."""

    TECHNICAL_FAULT = "technical_fault"
    ADMINISTRATIVE_BLOCK = "administrative_block"
    ENQUIRY = "enquiry"


@dataclass(frozen=True)
class TicketFacts:
    """What a move depends on: whether the specialist who acts holds the ticket."""

    assigned_to_actor: bool = False


@requirement(remedy="take_ticket")
def ticket_is_assigned_to_you(facts: TicketFacts) -> Verdict:
    return holds(facts.assigned_to_actor)


OPEN = frozenset({Status.UNDER_PROCESSING, Status.RETURNED_TO_APPLICANT, Status.RETURNED_FROM_APPLICANT})
OURS = frozenset({Status.UNDER_PROCESSING, Status.RETURNED_FROM_APPLICANT})
MINE = (ticket_is_assigned_to_you,)

TICKET: Lifecycle[Status, Action, TicketFacts] = Lifecycle(
    "ticket",
    Status,
    Status.UNDER_PROCESSING,
    [
        move(Action.RETURN, OURS, Status.RETURNED_TO_APPLICANT, by=Actor.OFFICER, needs=MINE),
        move(Action.ANSWER, Status.RETURNED_TO_APPLICANT, Status.RETURNED_FROM_APPLICANT, by=Actor.HOLDER),
        move(Action.RESUME, Status.RETURNED_FROM_APPLICANT, Status.UNDER_PROCESSING, by=Actor.OFFICER, needs=MINE),
        move(Action.PROCESS, OURS, Status.PROCESSED, by=Actor.OFFICER, needs=MINE),
        move(Action.REJECT, OURS, Status.CLOSED, by=Actor.OFFICER, needs=MINE),
        move(Action.CONFIRM, Status.PROCESSED, Status.CLOSED, by=Actor.HOLDER),
        move(Action.CLOSE, [Status.PROCESSED, Status.RETURNED_TO_APPLICANT], Status.CLOSED, by=Actor.SYSTEM),
    ],
)
