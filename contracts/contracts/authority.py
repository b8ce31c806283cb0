"""Relations and roles of the house: who may stand in for whom. The chassis knows only names and intervals."""

from enum import StrEnum


class Relation(StrEnum):
    """Why one person may see or act on another's record; each is a row with an interval, never a token claim."""

    HOUSEHOLD_HEAD = "household_head"
    SPONSOR = "sponsor"
    ASSIGNEE = "assignee"


class StaffRole(StrEnum):
    """What a member of staff may do; a row with an interval whose object is the office."""

    CLERK = "clerk"
    OFFICER = "officer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


class Actor(StrEnum):
    """Who moves a case: the words of every lifecycle's `by`."""

    HOLDER = "holder"
    HOUSEHOLD_HEAD = "household_head"
    SPONSOR = "sponsor"
    CLERK = "clerk"
    OFFICER = "officer"
    OPERATOR = "operator"
    CARRIER = "carrier"
    SYSTEM = "system"


PERSON_RELATIONS = frozenset({Relation.HOUSEHOLD_HEAD, Relation.SPONSOR})
STAFF_ROLES = frozenset(StaffRole)

ACTOR_OF_RELATION = {
    Relation.HOUSEHOLD_HEAD: Actor.HOUSEHOLD_HEAD,
    Relation.SPONSOR: Actor.SPONSOR,
}
ACTOR_OF_ROLE = {
    StaffRole.CLERK: Actor.CLERK,
    StaffRole.OFFICER: Actor.OFFICER,
    StaffRole.OPERATOR: Actor.OPERATOR,
}
