"""Statements a role change rests on, each with what mends it. Facts: `identity.domain.role_change.RoleChangeFacts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.requirements import Verdict, holds, requirement
from contracts.authority import StaffRole

if TYPE_CHECKING:
    from identity.domain.role_change import RoleChangeFacts

_BEGIN, _END = "begin", "end"


@requirement(remedy="another_administrator_decides")
def decider_is_not_the_proposer(facts: RoleChangeFacts) -> Verdict:
    """Four eyes: nobody carries out what they proposed themselves."""
    return holds(facts.decider != facts.proposed_by)


@requirement(remedy="another_administrator_decides")
def decider_is_not_the_one_concerned(facts: RoleChangeFacts) -> Verdict:
    """Nobody decides about a role of their own."""
    return holds(facts.decider != facts.person)


@requirement(remedy="withdraw_only_ones_own")
def proposal_is_the_deciders_own(facts: RoleChangeFacts) -> Verdict:
    return holds(facts.decider == facts.proposed_by)


@requirement(remedy="another_administrator_decides")
def no_administrator_could_decide(facts: RoleChangeFacts) -> Verdict:
    """Whoever has the machine is the second pair of eyes only while there is no other."""
    return holds(not facts.could_decide)


@requirement(remedy="propose_it_anew")
def proposer_is_an_administrator(facts: RoleChangeFacts) -> Verdict:
    """Whoever was suspended or lost the role has left nothing behind that could still be approved."""
    return holds(facts.proposed_by in facts.administrators)


@requirement(remedy="invite_them_first")
def member_is_staff(facts: RoleChangeFacts) -> Verdict:
    return holds(facts.is_staff)


@requirement(remedy="restore_the_account_first")
def member_is_not_suspended(facts: RoleChangeFacts) -> Verdict:
    """A suspended account may lose a role and gets none."""
    return holds(facts.direction != _BEGIN or not facts.is_suspended)


@requirement(remedy="refuse_or_withdraw_the_proposal")
def role_is_still_to_be_changed(facts: RoleChangeFacts) -> Verdict:
    """A role that begins is not held, one that ends is."""
    return holds(facts.holds_role == (facts.direction == _END))


@requirement(remedy="appoint_another_administrator_first")
def an_administrator_remains(facts: RoleChangeFacts) -> Verdict:
    """Nobody locks the house up from inside."""
    is_about_it = facts.direction == _END and facts.role == StaffRole.ADMINISTRATOR
    return holds(not is_about_it or bool(facts.administrators - {facts.person}))


PROPOSABLE = (member_is_staff, member_is_not_suspended, role_is_still_to_be_changed, an_administrator_remains)
CHANGEABLE = (proposer_is_an_administrator, *PROPOSABLE)
BY_ANOTHER = (decider_is_not_the_proposer, decider_is_not_the_one_concerned)
