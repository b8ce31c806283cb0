"""What a running delivery consists of: the mechanism's parts, the post and the text operator."""

from dataclasses import dataclass

from chassis.calendar import Holidays
from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.crypto import Cipher, use_cipher
from chassis.database import Database
from chassis.rulebook import Rulebook
from chassis.wiring import Service
from delivery.settings import DeliverySettings
from partners.post import Post
from partners.sms import Sms

NAME = "delivery"


@dataclass
class Delivery(Service):
    """The service with its clients and the secrets the carrier signs its scans with."""

    post: Post
    sms: Sms
    callback_secrets: tuple[str, ...]
    search_asks_every_s: float

    def holidays(self) -> Holidays:
        """The public holidays by the rule in force today."""
        return Holidays(self.rules().table("calendar.holidays"))

    async def close(self) -> None:
        """Give connections and sessions back."""
        await self.post.close()
        await self.sms.close()
        await super().close()


def create_service(settings: DeliverySettings, clock: Clock) -> Delivery:
    """Put the service together; nothing is connected before it is needed."""
    use_cipher(NAME, Cipher({"1": settings.secret("delivery-columns")}, "1", settings.secret("delivery-index")))
    return Delivery(
        name=NAME,
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.pool_size, name=NAME),
        clock=clock,
        # Working days are counted by the house's holidays, which stand beside the calendar.
        rulebook=Rulebook({**Rulebook.of("chassis").rules, **Rulebook.of(NAME).rules}),
        texts=Texts("chassis", "contracts", NAME),
        post=Post.at(settings.post_url),
        sms=Sms(
            settings.sms_host,
            settings.sms_port,
            settings.sms_records_url,
            clock,
            system_id=settings.sms_system_id,
            password=settings.secret("sms-password"),
            source=settings.sms_source,
        ),
        callback_secrets=tuple(settings.secret(name) for name in settings.callback_secrets),
        search_asks_every_s=settings.search_asks_every_s,
    )
