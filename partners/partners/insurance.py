"""Insurance council: the medical insurance policy that covers a person."""

from datetime import date
from typing import ClassVar

from partners.body import Answer, Body, Fact
from partners.registry import Text


class Policy(Fact):
    number: str
    insurer: Text
    valid_from: date
    expires_on: date


class PolicyAnswer(Answer):
    policy: Policy | None


class Insurance(Body):
    name: ClassVar[str] = "insurance"

    async def policy(self, person: str) -> PolicyAnswer:
        return await self._look("/policies/lookup", {"person": person}, PolicyAnswer)
