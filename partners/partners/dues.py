"""Traffic fines and other dues of a person, and the dependants' levy of a head of household.

Amounts are minor units (halalas). A due is paid at the bank; here it can only be seen, and then it is gone.
"""

from datetime import date
from typing import ClassVar, Literal

from partners.body import Answer, Body, Fact
from partners.registry import Text

DueKind = Literal["traffic_violation", "delay_fine", "visa_fine", "other"]


class Due(Fact):
    """One unpaid due; `count` is how many single violations it sums."""

    number: str
    kind: DueKind
    amount_minor: int
    count: int
    since: date
    title: Text


class DuesAnswer(Answer):
    dues: tuple[Due, ...]

    @property
    def total_minor(self) -> int:
        return sum(due.amount_minor for due in self.dues)

    def of(self, kind: DueKind) -> tuple[Due, ...]:
        return tuple(due for due in self.dues if due.kind == kind)


class LevyAnswer(Answer):
    """The dependants' levy a head of household owes; nothing owed is zero months."""

    months_owed: int
    dependants: int
    amount_minor: int


class Dues(Body):
    name: ClassVar[str] = "dues"

    async def dues(self, person: str) -> DuesAnswer:
        return await self._look("/lookup", {"person": person}, DuesAnswer)

    async def levy(self, head: str) -> LevyAnswer:
        return await self._look("/levy/lookup", {"head": head}, LevyAnswer)
