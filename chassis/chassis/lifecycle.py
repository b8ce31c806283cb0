"""A state machine is one list of moves. The engine advances, refuses with everything that is missing, lists what can
be done next and draws the diagram. There is no second transition table anywhere.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from chassis.refusals import Conflict, Forbidden
from chassis.requirements import Finding, Requirement, State, examine

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)
F = TypeVar("F")


@dataclass(frozen=True)
class Move(Generic[S, A, F]):
    """One arrow: from any of `origins` to `target`, by any of `by`, when every need holds.

    `waits` lets the move happen while a need is still being checked by a body outside; a failed need always refuses.
    """

    action: A
    origins: frozenset[S]
    target: S
    by: frozenset[str]
    needs: tuple[Requirement[F], ...] = ()
    waits: bool = False


def move(
    action: A,
    origins: S | Iterable[S],
    target: S,
    *,
    by: str | Iterable[str],
    needs: Sequence[Requirement[F]] = (),
    waits: bool = False,
) -> Move[S, A, F]:
    """Write a move with single origins and actors unwrapped."""
    starts = frozenset([origins]) if isinstance(origins, StrEnum) else frozenset(origins)
    actors = frozenset([str(by)]) if isinstance(by, str) else frozenset(str(each) for each in by)
    return Move(action, starts, target, actors, tuple(needs), waits)


class MoveNotOpen(Conflict):
    """From this status no such move exists."""

    slug = "move-not-open"


class NotYourMove(Forbidden):
    """The move exists, but not for this actor."""

    slug = "not-your-move"


class RequirementsMissing(Conflict):
    """The move is open and yours, but requirements are not met: all of them are named."""

    slug = "requirements-missing"

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(details={"missing": [finding.requirement.name for finding in findings]})


@dataclass(frozen=True)
class OpenAction(Generic[A]):
    """Something this actor could do from here, with every finding that stands in the way (none: do it now)."""

    action: A
    in_the_way: list[Finding]

    @property
    def is_possible(self) -> bool:
        return not self.in_the_way


class Lifecycle(Generic[S, A, F]):
    """The moves of one kind of case. Raises ValueError when the list contradicts itself."""

    def __init__(self, name: str, statuses: type[S], initial: S, moves: Sequence[Move[S, A, F]]) -> None:
        self.name = name
        self.statuses = statuses
        self.initial = initial
        self.moves = tuple(moves)
        self._by_action: dict[tuple[S, A], list[Move[S, A, F]]] = {}
        for each in self.moves:
            for origin in each.origins:
                siblings = self._by_action.setdefault((origin, each.action), [])
                if any(sibling.by & each.by for sibling in siblings):
                    raise ValueError(f"{name}: {each.action} from {origin} is listed twice for the same actor")
                siblings.append(each)
        reached = {initial} | {each.target for each in self.moves}
        if lost := set(statuses) - reached:
            raise ValueError(f"{name}: no move reaches {', '.join(sorted(lost))}")

    @property
    def final(self) -> frozenset[S]:
        """Statuses that no move leaves."""
        leaving = {origin for each in self.moves for origin in each.origins}
        return frozenset(set(self.statuses) - leaving)

    def advance(self, status: S, action: A, by: str | Collection[str], facts: F) -> Move[S, A, F]:
        """The move to make. Raises MoveNotOpen, NotYourMove or RequirementsMissing (with every failing need)."""
        found = self._by_action.get((status, action))
        if not found:
            raise MoveNotOpen(details={"status": str(status), "action": str(action)}, status=status, action=action)
        actors = {by} if isinstance(by, str) else set(by)
        mine = next((each for each in found if each.by & actors), None)
        if mine is None:
            raise NotYourMove(details={"status": str(status), "action": str(action)}, action=action)
        if in_the_way := _in_the_way(mine, facts):
            raise RequirementsMissing(in_the_way)
        return mine

    def open_actions(self, status: S, by: str | Collection[str], facts: F) -> list[OpenAction[A]]:
        """Everything this actor may do from here, with what still stands in the way of each."""
        actors = {by} if isinstance(by, str) else set(by)
        return [
            OpenAction(each.action, _in_the_way(each, facts))
            for each in self.moves
            if status in each.origins and each.by & actors
        ]

    def diagram(self) -> str:
        """The machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [
            f"    {origin} --> {each.target}: {each.action} ({', '.join(sorted(each.by))})"
            for each in self.moves
            for origin in sorted(each.origins)
        ]
        lines += [f"    {status} --> [*]" for status in sorted(self.final)]
        return "\n".join(lines)


def _in_the_way(each: Move[Any, Any, F], facts: F) -> list[Finding]:
    findings = examine(each.needs, facts)
    if each.waits:
        return [finding for finding in findings if finding.verdict.state is State.FAILED]
    return [finding for finding in findings if not finding.is_met]
