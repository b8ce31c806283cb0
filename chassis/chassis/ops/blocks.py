"""What ops pages are made of: cells, rows, facts, steps and buttons. A section fills them; the templates draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from chassis.models import CaseMoveRow

Tone = Literal["", "good", "slow", "bad"]


@dataclass(frozen=True)
class Card:
    """One of the first four numbers. `value` None is "not known", which is never shown as zero."""

    label: str
    value: str | int | None
    note: str | None = None
    is_bad: bool = False


@dataclass(frozen=True)
class Cell:
    """A value as it is shown: plain words, a code in its own direction, a number, an instant, a day in
    both calendars, or a state in a frame."""

    value: str | int | date | None
    kind: Literal["text", "code", "number", "instant", "day", "state"] = "text"
    tone: Tone = ""


@dataclass(frozen=True)
class Field:
    """Something a form asks. `choices` maps what is sent to what is read; without them it is a line of text."""

    name: str
    label: str
    choices: Mapping[str, str] | None = None
    required: bool = True
    long: bool = False
    value: str = ""
    ltr: bool = False
    type: Literal["text", "date", "tel"] = "text"


@dataclass(frozen=True)
class Button:
    """An act as a form of its own. With anything in the way it is shown, with the reasons, and cannot be pressed."""

    path: str
    label: str
    fields: Sequence[Field] = ()
    in_the_way: Sequence[str] = ()
    tone: Literal["", "plain", "danger"] = ""
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of a list; the first cell is the way in when there is a `link`."""

    cells: Sequence[Cell]
    link: str | None = None
    buttons: Sequence[Button] = ()


@dataclass(frozen=True)
class Step:
    """One point of a timeline."""

    at: datetime
    what: str
    note: str | None = None
    tone: Tone = ""
    code: str | None = None


@dataclass(frozen=True)
class Picture:
    """An image the page shows, from an address of the same section."""

    path: str
    label: str


def steps_of(moves: Sequence[CaseMoveRow], words: Mapping[str, str]) -> list[Step]:
    """A case's history as a timeline; `words` says each status."""
    return [
        Step(
            move.moved_at,
            words.get(move.to_status, move.to_status),
            move.reason,
            code=f"{move.action} · {move.standing}",
        )
        for move in moves
    ]
