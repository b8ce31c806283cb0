"""Border ports: a person's last exit and last entry."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from partners.body import Answer, Body, Fact

MovementKind = Literal["exit", "entry"]


class Movement(Fact):
    number: str
    kind: MovementKind
    port: str
    moved_at: AwareDatetime


class Movements(Answer):
    """Either is None where none was ever recorded."""

    last_exit: Movement | None
    last_entry: Movement | None
    inside_kingdom: bool


class Ports(Body):
    name: ClassVar[str] = "ports"

    async def movements(self, person: str) -> Movements:
        return await self._look("/movements/lookup", {"person": person}, Movements)
