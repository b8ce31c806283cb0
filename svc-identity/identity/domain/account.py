"""The life of an account: registered by its holder, activated by a clerk who has seen the document, suspended, lapsed.

There is no locked status: wrong passwords cost a growing wait, which nobody can inflict on another for ever.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from contracts.authority import Actor, StaffRole
from identity.domain import requirements as need


class Status(StrEnum):
    REGISTERED = "registered"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LAPSED = "lapsed"


class Action(StrEnum):
    REGISTER = "register"
    ACTIVATE = "activate"
    ENROL = "enrol"
    SUSPEND = "suspend"
    RESTORE = "restore"
    LAPSE = "lapse"


class Kind(StrEnum):
    """Whose account it is; every token carries it."""

    CITIZEN = "citizen"
    RESIDENT = "resident"
    VISITOR = "visitor"
    STAFF = "staff"


class Channel(StrEnum):
    """Where somebody proved who they are when a mobile was bound to their account."""

    OFFICE = "office"
    AIRPORT = "airport"
    KIOSK = "kiosk"
    BANK = "bank"
    SELF = "self"


@dataclass(frozen=True)
class Document:
    """What the clerk reads off the card or booklet in front of them."""

    number: str
    expires_on: date


@dataclass(frozen=True)
class AccountFacts:
    """Everything the moves of an account are decided by. None means: a body outside has not answered yet."""

    today: date
    kind: str
    alive: bool | None = None
    registered_number: str = ""
    registered_expiry: date | None = None
    document: Document | None = None
    mobile_agrees: bool = False
    mobile_in_their_name: bool | None = None
    mobile_is_free: bool = True
    clerk_bound_before: bool = False
    second_factor_proved: bool = False
    clerk_is_at_an_airport: bool = False
    proved_by_passport: bool = False


def may_issue(status: str) -> bool:
    """Whether a session or a token may be given to an account: the one question every grant asks."""
    return status == Status.ACTIVE


ACCOUNT: Lifecycle[Status, Action, AccountFacts] = Lifecycle(
    "account",
    Status,
    Status.REGISTERED,
    [
        move(Action.REGISTER, Status.LAPSED, Status.REGISTERED, by=Actor.HOLDER),
        move(
            Action.ACTIVATE,
            Status.REGISTERED,
            Status.ACTIVE,
            by=Actor.CLERK,
            needs=(
                need.account_is_a_persons,
                need.visitor_is_at_an_airport,
                need.holder_is_alive,
                need.document_is_valid,
                need.document_agrees_with_the_registry,
                need.mobile_is_the_one_confirmed,
                need.mobile_has_no_other_owner,
                need.clerk_has_not_bound_it_before,
            ),
        ),
        move(
            Action.ACTIVATE,
            Status.REGISTERED,
            Status.ACTIVE,
            # By a batch: the proof was given elsewhere, so the mobile has to be the holder's in the registry as well.
            by=(Actor.OFFICER, Actor.OPERATOR, Actor.CLIENT),
            needs=(
                need.account_is_a_persons,
                need.holder_is_alive,
                need.mobile_is_in_the_holders_name,
                need.mobile_is_the_one_confirmed,
                need.mobile_has_no_other_owner,
                need.clerk_has_not_bound_it_before,
            ),
        ),
        move(
            Action.ACTIVATE,
            Status.REGISTERED,
            Status.ACTIVE,
            # A visitor by themselves: what the passport says and a code to a mobile in their own name.
            by=Actor.HOLDER,
            needs=(
                need.account_is_a_visitors,
                need.passport_is_the_holders,
                need.holder_is_alive,
                need.mobile_is_in_the_holders_name,
                need.mobile_is_the_one_confirmed,
                need.mobile_has_no_other_owner,
            ),
        ),
        move(
            Action.ENROL,
            Status.REGISTERED,
            Status.ACTIVE,
            by=Actor.HOLDER,
            needs=(need.account_is_staff, need.second_factor_is_proved),
        ),
        move(
            Action.SUSPEND,
            (Status.REGISTERED, Status.ACTIVE),
            Status.SUSPENDED,
            by=(StaffRole.ADMINISTRATOR, Actor.SYSTEM),
        ),
        move(
            Action.RESTORE,
            Status.SUSPENDED,
            Status.ACTIVE,
            by=StaffRole.ADMINISTRATOR,
            needs=(need.holder_is_alive, need.mobile_has_no_other_owner),
        ),
        move(Action.LAPSE, Status.REGISTERED, Status.LAPSED, by=Actor.SYSTEM),
    ],
)
