"""A booklet: its life as one list of moves, and the zone printed in it."""

from datetime import date
from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from contracts.authority import Actor
from passport.domain import mrz


class BookletStatus(StrEnum):
    """What a booklet is good for."""

    ISSUED = "issued"
    ACTIVE = "active"
    RENEWAL_BLOCKED = "renewal_blocked"
    CANCELLED = "cancelled"
    LOST_IN_POST = "lost_in_post"


class BookletAction(StrEnum):
    """What happens to a booklet."""

    ACTIVATE = "activate"
    BLOCK = "block"
    UNBLOCK = "unblock"
    CANCEL = "cancel"
    LOSE = "lose"


# From `submitted` on the old booklet is good for no travel; it is good again when the renewal comes to nothing.
BOOKLET: Lifecycle[BookletStatus, BookletAction, None] = Lifecycle(
    "booklet",
    BookletStatus,
    BookletStatus.ISSUED,
    [
        move(BookletAction.ACTIVATE, BookletStatus.ISSUED, BookletStatus.ACTIVE, by=Actor.SYSTEM),
        move(BookletAction.BLOCK, BookletStatus.ACTIVE, BookletStatus.RENEWAL_BLOCKED, by=Actor.SYSTEM),
        move(BookletAction.UNBLOCK, BookletStatus.RENEWAL_BLOCKED, BookletStatus.ACTIVE, by=Actor.SYSTEM),
        move(BookletAction.CANCEL, BookletStatus.RENEWAL_BLOCKED, BookletStatus.CANCELLED, by=Actor.SYSTEM),
        move(BookletAction.LOSE, BookletStatus.ISSUED, BookletStatus.LOST_IN_POST, by=Actor.SYSTEM),
    ],
)

_SEX: dict[str, mrz.Sex] = {"male": "M", "female": "F"}


def zone_lines(
    *, number: str, family_name: str, given_names: str, nationality: str, sex: str, born_on: date, expires_on: date
) -> tuple[str, str]:
    """The two lines of a booklet, from the English name its holder accepted. Raises ZoneNotValid."""
    return mrz.make(
        mrz.Zone(
            number=number,
            surname=family_name,
            given_names=given_names,
            born=mrz.two_digit(born_on),
            sex=_SEX.get(sex, "<"),
            expires=mrz.two_digit(expires_on),
            nationality=nationality,
        )
    )
