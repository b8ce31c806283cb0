"""For tests of this house: every simulator on real sockets, every client aimed at it, and numbers that mean something.

bodies = await open_bodies(database_url, print_seconds=0)
await bodies.control("faults", body="payments", kind="drop_answer")
await bodies.close()
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from chassis.clock import Clock
from chassis.http.client import trust
from partners.dues import Dues
from partners.health import Health
from partners.insurance import Insurance
from partners.labour import Labour
from partners.mail import Mail
from partners.payments import Payments
from partners.ports import Ports
from partners.post import Post
from partners.printing import Printing
from partners.registry import Registry
from partners.simulators.app import Simulators, create_simulators
from partners.simulators.households import number_at
from partners.simulators.settings import PartnersSettings
from partners.sms import Sms


def magic(code: str, *, kind: str = "1", place: int = 0, block: int = 1) -> str:
    """A person's number with this magic code."""
    return number_at(kind, block * 1000 + int(code), place)


ORDINARY = magic("001")
_HOST = "127.0.0.1"
# Never there, so that the published sample is used whatever the folder of the run holds.
NO_SECRETS = Path(__file__).parent / "no-secrets"


@dataclass
class Bodies:
    """Every client, aimed at the simulators of one test."""

    simulators: Simulators
    clock: Clock
    registry: Registry
    labour: Labour
    health: Health
    insurance: Insurance
    dues: Dues
    payments: Payments
    printing: Printing
    post: Post
    ports: Ports
    sms: Sms
    mail: Mail
    web: httpx2.AsyncClient

    async def control(self, path: str, **order: Any) -> httpx2.Response:
        return await self.web.post(f"/control/{path}", json=order)

    async def deposit(self, person: str, service_code: str, amount_minor: int) -> None:
        order = {"person": person, "service_code": service_code, "amount_minor": amount_minor}
        (await self.web.post("/bank/deposits", json=order)).raise_for_status()

    async def close(self) -> None:
        for client in (
            self.registry,
            self.labour,
            self.health,
            self.insurance,
            self.dues,
            self.payments,
            self.printing,
            self.post,
            self.ports,
            self.sms,
        ):
            await client.close()
        await self.web.aclose()
        await self.simulators.stop()


def aimed(simulators: Simulators, clock: Clock, total_s: float) -> Bodies:
    def at(client: Any) -> Any:
        return client.at(simulators.url(client.name), total_s=total_s)

    return Bodies(
        simulators=simulators,
        clock=clock,
        registry=at(Registry),
        labour=at(Labour),
        health=at(Health),
        insurance=at(Insurance),
        dues=at(Dues),
        payments=at(Payments),
        printing=at(Printing),
        post=at(Post),
        ports=at(Ports),
        sms=Sms(
            _HOST,
            simulators.smpp_port,
            simulators.url("sms"),
            clock,
            system_id="jawaz",
            password="any",  # noqa: S106 - the simulated operator is not told passwords
            source="JAWAZ",
            total_s=total_s,
        ),
        mail=Mail(_HOST, simulators.smtp_port, clock, sender="no-reply@jawaz.invalid", domain="jawaz.invalid"),
        web=httpx2.AsyncClient(base_url=simulators.url(), verify=trust(), trust_env=False),
    )


async def open_bodies(
    database_url: str, clock: Clock | None = None, *, total_s: float = 30.0, **changed: Any
) -> Bodies:
    """Start simulators over a migrated database with these settings; the caller closes them."""
    settings = PartnersSettings(
        **{
            "environment": "test",
            "database_url": database_url,
            "print_seconds": 0,
            "callback_round_s": 0.2,
            "secrets_dir": NO_SECRETS,
            **changed,
        }
    )
    shared = clock or Clock(sandbox=True)
    simulators = create_simulators(settings, shared)
    await simulators.start()
    return aimed(simulators, shared, total_s)
