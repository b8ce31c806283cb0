"""Why a member of staff opens a record no case led to: the kinds of reason, each with words under `purpose.reason-<kind>`."""

from enum import StrEnum


class LookReason(StrEnum):
    """Kinds of stated reason; the words that come with one are for supervisors, the kind is told to the person."""

    ASKED_BY_HOLDER = "asked-by-holder"
    TICKET = "ticket"
    FAULT = "fault"
    SUPERVISION = "supervision"
    COURT_ORDER = "court-order"
