"""The life of a role change: an administrator proposes that a member of staff gets or loses a role, another one decides.

While nobody else could decide, whoever has the machine does, by command: the standing `system`.
"""

from dataclasses import dataclass
from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from contracts.authority import Actor, StaffRole
from identity.domain import role_change_requirements as need


class Status(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Action(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class Direction(StrEnum):
    """Whether the role begins or ends."""

    BEGIN = "begin"
    END = "end"


@dataclass(frozen=True)
class RoleChangeFacts:
    """Everything the moves of a role change are decided by, as it is now. `decider` is empty for whoever has the machine.

    `administrators` are those who could decide anything: with the role and an active account.
    """

    person: str
    role: str
    direction: str
    proposed_by: str
    decider: str = ""
    is_staff: bool = True
    is_suspended: bool = False
    holds_role: bool = False
    administrators: frozenset[str] = frozenset()

    @property
    def could_decide(self) -> frozenset[str]:
        """The second pairs of eyes there are."""
        return self.administrators - {self.proposed_by, self.person}


S, A = Status, Action

ROLE_CHANGE: Lifecycle[Status, Action, RoleChangeFacts] = Lifecycle(
    "role_change",
    Status,
    S.PROPOSED,
    [
        move(A.APPROVE, S.PROPOSED, S.APPROVED, by=StaffRole.ADMINISTRATOR, needs=(*need.BY_ANOTHER, *need.CHANGEABLE)),
        move(
            A.APPROVE,
            S.PROPOSED,
            S.APPROVED,
            by=Actor.SYSTEM,
            needs=(need.no_administrator_could_decide, *need.CHANGEABLE),
        ),
        # A proposal that cannot be carried out any more can still be refused.
        move(A.REFUSE, S.PROPOSED, S.REFUSED, by=StaffRole.ADMINISTRATOR, needs=need.BY_ANOTHER),
        move(
            A.WITHDRAW, S.PROPOSED, S.WITHDRAWN, by=StaffRole.ADMINISTRATOR, needs=(need.proposal_is_the_deciders_own,)
        ),
        move(A.EXPIRE, S.PROPOSED, S.EXPIRED, by=Actor.SYSTEM),
    ],
)
