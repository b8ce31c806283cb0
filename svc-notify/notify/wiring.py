"""What a running notify consists of: the mechanism's parts, the text operator and the mail server."""

from dataclasses import dataclass

from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.crypto import Cipher, use_cipher
from chassis.database import Database
from chassis.rulebook import Rulebook
from chassis.wiring import Service
from notify.settings import NotifySettings
from partners.mail import Mail
from partners.sms import Sms

NAME = "notify"


@dataclass
class Notify(Service):
    """The service with the two ways out it has."""

    sms: Sms
    mail: Mail
    sweep_s: float

    async def close(self) -> None:
        """Give connections and sessions back."""
        await self.sms.close()
        await super().close()


def create_service(settings: NotifySettings, clock: Clock) -> Notify:
    """Put the service together; nothing is connected before it is needed."""
    use_cipher(NAME, Cipher({"1": settings.secret("notify-columns")}, "1", settings.secret("notify-index")))
    return Notify(
        name=NAME,
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.pool_size, name=NAME),
        clock=clock,
        rulebook=Rulebook.of(NAME),
        texts=Texts("chassis", "contracts", NAME),
        sms=Sms(
            settings.sms_host,
            settings.sms_port,
            settings.sms_records_url,
            clock,
            system_id=settings.sms_system_id,
            password=settings.secret("sms-password"),
            source=settings.sms_source,
        ),
        mail=Mail(
            settings.mail_host,
            settings.mail_port,
            clock,
            sender=settings.mail_sender,
            domain=settings.mail_domain,
            username=settings.mail_username or None,
            password=settings.secret("mail-password") if settings.mail_username else None,
        ),
        sweep_s=settings.sweep_s,
    )
