"""The life of a membership: proposed by an establishment, approved, accepted by the person, removed; it ends with the account.

Owners and signatories bind the establishment, so a second person of it has to approve them.
"""

from dataclasses import dataclass
from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from chassis.requirements import Verdict, holds, requirement
from contracts.authority import Actor


class Role(StrEnum):
    """What a member may do in the establishment's name; it is the scope of the relation."""

    CLERK = "clerk"
    APPROVER = "approver"
    OWNER = "owner"
    SIGNATORY = "signatory"


BINDING = frozenset({Role.OWNER, Role.SIGNATORY})
MAY_INVITE = frozenset({Role.OWNER, Role.APPROVER})


class Status(StrEnum):
    PROPOSED = "proposed"
    INVITED = "invited"
    MEMBER = "member"
    DECLINED = "declined"
    REMOVED = "removed"
    ENDED = "ended"


class Action(StrEnum):
    APPROVE = "approve"
    ACCEPT = "accept"
    DECLINE = "decline"
    REMOVE = "remove"
    END = "end"


ESTABLISHMENT = "establishment"


@dataclass(frozen=True)
class MembershipFacts:
    """What the moves of a membership are decided by."""

    role: str
    same_person_approves: bool = False
    person_is_active: bool = True
    is_last_owner: bool = False


@requirement(remedy="have_another_approve")
def second_person_approves(facts: MembershipFacts) -> Verdict:
    return holds(facts.role not in BINDING or not facts.same_person_approves)


@requirement(remedy="activate_ones_account")
def member_has_an_active_account(facts: MembershipFacts) -> Verdict:
    return holds(facts.person_is_active)


@requirement(remedy="name_another_owner")
def an_owner_remains(facts: MembershipFacts) -> Verdict:
    return holds(not facts.is_last_owner)


MEMBERSHIP: Lifecycle[Status, Action, MembershipFacts] = Lifecycle(
    "membership",
    Status,
    Status.PROPOSED,
    [
        move(
            Action.APPROVE,
            Status.PROPOSED,
            Status.INVITED,
            by=(ESTABLISHMENT, Actor.SYSTEM),
            needs=(second_person_approves,),
        ),
        move(Action.ACCEPT, Status.INVITED, Status.MEMBER, by=Actor.HOLDER, needs=(member_has_an_active_account,)),
        move(Action.DECLINE, Status.INVITED, Status.DECLINED, by=Actor.HOLDER),
        move(Action.REMOVE, (Status.PROPOSED, Status.INVITED), Status.REMOVED, by=ESTABLISHMENT),
        move(
            Action.REMOVE,
            Status.MEMBER,
            Status.REMOVED,
            by=(ESTABLISHMENT, Actor.HOLDER),
            needs=(an_owner_remains,),
        ),
        # With the member's account, the last owner's too: a firm is not a reason to let the dead act.
        move(Action.END, (Status.PROPOSED, Status.INVITED, Status.MEMBER), Status.ENDED, by=Actor.SYSTEM),
    ],
)

UNDER_WAY = frozenset(Status) - MEMBERSHIP.final
"""Statuses that something may still move."""
