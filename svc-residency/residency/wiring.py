"""What one running residency service consists of: the chassis' parts and the bodies it asks."""

from dataclasses import dataclass

from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.database import Database
from chassis.rulebook import Rulebook
from chassis.wiring import Service
from partners.dues import Dues
from partners.insurance import Insurance
from partners.labour import Labour
from partners.payments import Payments
from partners.ports import Ports
from partners.registry import Registry
from residency.settings import ResidencySettings

NAME = "residency"


@dataclass
class Residency(Service):
    """The service's parts, handed to everything; nothing is global."""

    registry: Registry
    dues: Dues
    insurance: Insurance
    labour: Labour
    ports: Ports
    payments: Payments

    async def close(self) -> None:
        for body in (self.registry, self.dues, self.insurance, self.labour, self.ports, self.payments):
            await body.close()
        await super().close()


def create_service(settings: ResidencySettings, clock: Clock) -> Residency:
    """Put the service together. Clients connect when they are first used."""
    return Residency(
        name=NAME,
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.pool_size, name=NAME),
        clock=clock,
        rulebook=Rulebook.of(NAME),
        texts=Texts("chassis", "contracts", NAME),
        registry=Registry.at(settings.registry_url),
        dues=Dues.at(settings.dues_url),
        insurance=Insurance.at(settings.insurance_url),
        labour=Labour.at(settings.labour_url),
        ports=Ports.at(settings.ports_url),
        payments=Payments.at(settings.payments_url),
    )
