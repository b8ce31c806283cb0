"""Whose turn it is in each status of a ticket. One table, tested total; the status words are the directorate's own."""

from enum import StrEnum

from support.domain.ticket import Status


class Turn(StrEnum):
    """Who is expected to do something now; texts `turn.<word>`."""

    YOU = "you"
    US = "us"
    NOBODY = "nobody"


TURN_OF = {
    Status.UNDER_PROCESSING: Turn.US,
    Status.RETURNED_TO_APPLICANT: Turn.YOU,
    Status.RETURNED_FROM_APPLICANT: Turn.US,
    Status.PROCESSED: Turn.YOU,
    Status.CLOSED: Turn.NOBODY,
}
