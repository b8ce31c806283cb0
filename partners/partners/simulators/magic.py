"""Magic numbers: what is special about a person, a mobile or a mailbox, from the one table `data/magic.toml`."""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

from partners.dues import DueKind

FaultKind = Literal["down", "slow", "error", "drop_answer"]
_CODE = slice(5, 8)


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(_Row):
    ar: str
    en: str


class PlannedFault(_Row):
    """A fault a body shows for this person; `times` limits it to the first so many questions."""

    kind: FaultKind
    seconds: float = 0
    times: int | None = None


class PlannedHousehold(_Row):
    married: bool
    child_ages: tuple[int, ...]
    workers: int


class PlannedDue(_Row):
    kind: DueKind
    amount_minor: int
    count: int


class Magic(_Row):
    """What is special about a person; None and empty mean ordinary. Days count from the world's first day."""

    code: str
    title: Title
    known: bool = True
    alive: bool = True
    inside_kingdom: bool = True
    biometrics: bool | None = None
    absent: bool = False
    mobile_matches: bool = True
    household: PlannedHousehold | None = None
    id_days: int | None = None
    passport_days: int | None = None
    foreign_passport_days: int | None = None
    iqama_days: int | None = None
    insured: bool = True
    medical: Literal["fit", "unfit"] = "fit"
    permit: bool = True
    dues: tuple[PlannedDue, ...] = ()
    levy_months: int = 0
    addresses: int | None = None
    spoiled_prints: int = 0
    print_seconds: float | None = None
    investigation: Literal["found", "lost"] = "found"
    faults: dict[str, PlannedFault] = {}


class MagicMobile(_Row):
    """What a text to mobiles with this ending meets."""

    ending: str
    title: Title
    answer: Literal["accepted", "throttled", "refused", "lost"] = "accepted"
    times: int | None = None
    receipt: Literal["delivered", "never", "late", "undelivered"] = "delivered"
    receipt_after_seconds: float = 0


class MagicMailbox(_Row):
    """What a letter to this name meets."""

    name: str
    title: Title
    code: int
    times: int | None = None


class Start(_Row):
    balance_minor: int


class Table(_Row):
    start: Start
    person: tuple[Magic, ...]
    mobile: tuple[MagicMobile, ...]
    mailbox: tuple[MagicMailbox, ...]


_ORDINARY = Magic(code="", title=Title(ar="شخص عادي", en="Nothing special"))
_ORDINARY_MOBILE = MagicMobile(ending="", title=Title(ar="جوال عادي", en="Nothing special"))


@cache
def table() -> Table:
    """The whole table, validated."""
    text = resources.files("partners.simulators").joinpath("data/magic.toml").read_text(encoding="utf-8")
    return Table.model_validate(tomllib.loads(text))


@cache
def _by_code() -> dict[str, Magic]:
    return {row.code: row for row in table().person}


def magic_of(number: str) -> Magic:
    """What is special about this person: by the sixth to eighth digit of the number."""
    return _by_code().get(number[_CODE], _ORDINARY)


def magic_of_mobile(mobile: str) -> MagicMobile:
    return next((row for row in table().mobile if mobile.endswith(row.ending)), _ORDINARY_MOBILE)


def magic_of_mailbox(address: str) -> MagicMailbox | None:
    name = address.partition("@")[0].lower()
    return next((row for row in table().mailbox if row.name == name), None)
