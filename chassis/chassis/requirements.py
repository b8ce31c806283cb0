"""Requirements: statements over facts that can be true, each with the rule it rests on and the step that mends it.

One list answers eligibility, the refusal at a move, the buttons on every page and the diagram.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from chassis.clock import civil_minute
from chassis.rulebook import RulesOnDay

F = TypeVar("F", contravariant=True)


class State(StrEnum):
    """What can be said of a requirement now."""

    MET = "met"
    FAILED = "failed"
    BEING_CHECKED = "being_checked"


@dataclass(frozen=True)
class Verdict:
    """Whether a statement holds; `value` is what was found, `words` fill the requirement's text."""

    state: State
    value: Any = None
    words: dict[str, Any] = field(default_factory=dict)


def met(value: Any = None) -> Verdict:
    """The statement holds."""
    return Verdict(State.MET, value)


def failed(value: Any = None, **words: Any) -> Verdict:
    """The statement does not hold; the words fill its text."""
    return Verdict(State.FAILED, value, words)


def being_checked() -> Verdict:
    """A body outside has been asked; neither true nor false yet."""
    return Verdict(State.BEING_CHECKED)


def holds(statement: bool, value: Any = None, **words: Any) -> Verdict:
    """Met when the statement is true, else failed."""
    return met(value) if statement else failed(value, **words)


@dataclass(frozen=True)
class Requirement(Generic[F]):
    """A named statement. `remedy` names the step or link that mends it; `rule` the dated rule it rests on."""

    name: str
    check: Callable[[F], Verdict]
    remedy: str
    rule: str | None = None

    def __call__(self, facts: F) -> Verdict:
        return self.check(facts)


def requirement(*, remedy: str, rule: str | None = None) -> Callable[[Callable[[F], Verdict]], Requirement[F]]:
    """Make a function over facts a requirement that carries the function's name."""

    def made(check: Callable[[F], Verdict]) -> Requirement[F]:
        return Requirement(check.__name__, check, remedy, rule)

    return made


@dataclass(frozen=True)
class Finding:
    """A requirement together with what was found."""

    requirement: Requirement[Any]
    verdict: Verdict

    @property
    def is_met(self) -> bool:
        return self.verdict.state is State.MET

    @property
    def is_failed(self) -> bool:
        return self.verdict.state is State.FAILED


def examine(requirements: Iterable[Requirement[F]], facts: F) -> list[Finding]:
    """What was found for every requirement, in the order given: nothing stops at the first failure."""
    return [Finding(each, each(facts)) for each in requirements]


class ActedOn(Protocol):
    """Facts that know until when the account that acts is frozen, when it is; and then also the rules of the day."""

    @property
    def rules(self) -> RulesOnDay | None: ...

    @property
    def frozen_until(self) -> datetime | None: ...


def waits_while_frozen(act: str, rule: str) -> Requirement[ActedOn]:
    """Whoever acts has not changed their mobile lately, while the rule (a table of acts) counts this act."""

    def check(facts: ActedOn) -> Verdict:
        until = facts.frozen_until
        if until is None:
            return met()
        assert facts.rules is not None, "whoever gathers a freeze gathers the rules"
        if not facts.rules.table(rule).get(act, False):
            return met()
        return failed(until.isoformat(), until=civil_minute(until))

    return Requirement("account_is_not_frozen", check, "wait_until_the_freeze_ends", rule)
