"""Labour ministry: the work permit of a worker."""

from datetime import date
from typing import ClassVar

from partners.body import Answer, Body, Fact


class WorkPermit(Fact):
    number: str
    employer: str
    expires_on: date


class WorkPermitAnswer(Answer):
    """`permit` is None where the worker has none; `required` is false for domestic workers and dependants."""

    permit: WorkPermit | None
    required: bool


class Labour(Body):
    name: ClassVar[str] = "labour"

    async def work_permit(self, worker: str) -> WorkPermitAnswer:
        return await self._look("/work-permits/lookup", {"worker": worker}, WorkPermitAnswer)
