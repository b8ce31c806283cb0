"""What one running passport service consists of: the chassis' parts and the bodies it asks."""

from dataclasses import dataclass

from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.crypto import Cipher, use_cipher
from chassis.database import Database
from chassis.rulebook import Rulebook
from chassis.wiring import Service
from partners.dues import Dues
from partners.payments import Payments
from partners.post import Post
from partners.printing import Printing
from partners.registry import Registry
from passport.settings import PassportSettings

NAME = "passport"


@dataclass
class Passport(Service):
    """The service's parts, handed to everything; nothing is global."""

    registry: Registry
    dues: Dues
    payments: Payments
    printing: Printing
    post: Post

    async def close(self) -> None:
        for body in (self.registry, self.dues, self.payments, self.printing, self.post):
            await body.close()
        await super().close()


def create_service(settings: PassportSettings, clock: Clock) -> Passport:
    """Put the service together. Clients connect when they are first used."""
    use_cipher(NAME, Cipher({"1": settings.secret("passport-columns")}, "1", settings.secret("passport-index")))
    rules = {**Rulebook.of("chassis").rules, **Rulebook.of(NAME).rules}
    return Passport(
        name=NAME,
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.pool_size, name=NAME),
        clock=clock,
        rulebook=Rulebook(rules),
        texts=Texts("chassis", "contracts", NAME),
        registry=Registry.at(settings.registry_url),
        dues=Dues.at(settings.dues_url),
        payments=Payments.at(settings.payments_url),
        printing=Printing.at(settings.printing_url),
        post=Post.at(settings.post_url),
    )
