"""The life of an electronic authorisation (d2): asked for or begun, confirmed by code, accepted, used, and ended.

Every authorisation begins as a request: a grantee's own waits for the grantor; what a grantor begins is approved at once.
It is never transitive: nothing here moves by a grantee's grantee, and a grant opens no door to granting.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from chassis.clock import RIYADH
from chassis.lifecycle import Lifecycle, move
from chassis.rulebook import RulesOnDay
from contracts.authority import Actor
from identity.domain import authorisation_requirements as need


class Status(StrEnum):
    REQUESTED = "requested"
    DECLINED = "declined"
    DRAFT = "draft"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    USED = "used"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"


class Action(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"
    CONFIRM = "confirm"
    ACCEPT = "accept"
    REJECT = "reject"
    USE = "use"
    USE_UP = "use_up"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    END = "end"


@dataclass(frozen=True)
class AuthorisationFacts:
    """Everything the moves of an authorisation are decided by. `grantee_is_known` None: the registry is being asked.

    `grantor_frozen_until` is absent unless the grantor's account is frozen now.
    """

    rules: RulesOnDay
    grantor: str
    grantee: str
    high_harm: bool
    starts_on: date
    ends_on: date
    uses_allowed: int | None = None
    grantor_is_active: bool = True
    grantor_frozen_until: datetime | None = None
    grantee_is_active: bool = True
    grantee_is_known: bool | None = True
    another_is_live: bool = False
    code_is_right: bool = False
    uses: int = 0


S, A = Status, Action

AUTHORISATION: Lifecycle[Status, Action, AuthorisationFacts] = Lifecycle(
    "authorisation",
    Status,
    S.REQUESTED,
    [
        move(A.APPROVE, S.REQUESTED, S.DRAFT, by=Actor.GRANTOR, needs=need.GRANTABLE),
        move(A.DECLINE, S.REQUESTED, S.DECLINED, by=Actor.GRANTOR),
        move(A.CONFIRM, S.DRAFT, S.ISSUED, by=Actor.GRANTOR, needs=(*need.GRANTABLE, need.code_is_right)),
        move(A.ACCEPT, S.ISSUED, S.ACCEPTED, by=Actor.GRANTEE, needs=need.ACCEPTABLE),
        # Who accepted may give it back as well: nobody stays authorised against their will.
        move(A.REJECT, (S.ISSUED, S.ACCEPTED), S.REJECTED, by=Actor.GRANTEE),
        move(A.USE, S.ACCEPTED, S.ACCEPTED, by=Actor.SYSTEM, needs=(need.uses_are_left,)),
        # What was begun with the last use may still be finished with: its end date and the grantor end it, not the use.
        move(A.USE_UP, S.ACCEPTED, S.USED, by=Actor.SYSTEM, needs=(need.no_use_is_left,)),
        move(A.WITHDRAW, S.REQUESTED, S.WITHDRAWN, by=Actor.GRANTEE),
        move(A.WITHDRAW, (S.DRAFT, S.ISSUED, S.ACCEPTED, S.USED), S.WITHDRAWN, by=Actor.GRANTOR),
        move(A.EXPIRE, (S.REQUESTED, S.DRAFT, S.ISSUED, S.ACCEPTED, S.USED), S.EXPIRED, by=Actor.SYSTEM),
        move(A.END, (S.REQUESTED, S.DRAFT, S.ISSUED, S.ACCEPTED, S.USED), S.ENDED, by=Actor.SYSTEM),
    ],
)

LIVE = frozenset({S.ISSUED, S.ACCEPTED})
"""Statuses of which a grantor has one per service and object: promised or held, with uses left."""
OPEN = frozenset({S.ACCEPTED, S.USED})
"""Statuses in which the grantee's relation is open: other services still ask how many uses are left."""
UNDER_WAY = frozenset(S) - AUTHORISATION.final
"""Statuses that something may still move."""


def moves_from(status: Status, side: str) -> list[str]:
    """What one side may do from here, whatever its requirements say."""
    return [str(each.action) for each in AUTHORISATION.moves if status in each.origins and side in each.by]


def begins_at(day: date) -> datetime:
    """The instant a day begins in Riyadh."""
    return datetime.combine(day, time(), RIYADH)


def ends_at(day: date) -> datetime:
    """The instant a day is over in Riyadh."""
    return begins_at(day + timedelta(days=1))
