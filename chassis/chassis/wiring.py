"""What one running service consists of: handed to every action, reaction, timer and sender; nothing is global."""

from dataclasses import dataclass, field

from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.database import Database
from chassis.rulebook import Rulebook, RulesOnDay
from chassis.settings import ServiceSettings
from chassis.telemetry.metrics import Metrics


@dataclass
class Service:
    """A service's parts. Subclasses add the clients of the bodies they speak with."""

    name: str
    settings: ServiceSettings
    database: Database
    clock: Clock
    rulebook: Rulebook
    texts: Texts
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        self.metrics = Metrics(self.name)

    def rules(self) -> RulesOnDay:
        """The rules in force today in Riyadh."""
        return self.rulebook.on(self.clock.today())

    async def close(self) -> None:
        """Give connections back; subclasses close their clients too."""
        await self.database.close()
