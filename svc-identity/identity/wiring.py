"""The running identity service: its partners, its signing keys and its bounded pool for passwords."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.crypto import Cipher, cipher_of, use_cipher
from chassis.database import Database
from chassis.rulebook import Rulebook
from chassis.wiring import Service
from identity.keys import SigningKeys
from identity.passwords import Passwords
from identity.settings import IdentitySettings
from partners.mail import Mail
from partners.registry import Registry
from partners.sms import Sms

NAME = "identity"
COLUMN_KEY = "k1"


@dataclass
class Identity(Service):
    """Service of people, accounts, sign-in and relations."""

    settings: IdentitySettings
    registry: Registry
    sms: Sms
    mail: Mail
    passwords: Passwords
    keys: SigningKeys
    registry_secrets: tuple[str, ...]
    closed: dict[tuple[str, str], datetime] = field(default_factory=dict)

    @property
    def cipher(self) -> Cipher:
        """Encrypts contacts and seeds; its index finds them without reading them."""
        return cipher_of(NAME)

    async def close(self) -> None:
        self.passwords.close()
        await self.registry.close()
        await self.sms.close()
        await super().close()


def create_service(settings: IdentitySettings, clock: Clock) -> Identity:
    """Put the parts together; connections open on first use."""
    secret = settings.secret("identity-columns")
    use_cipher(NAME, Cipher({COLUMN_KEY: secret}, COLUMN_KEY, settings.secret("identity-index")))
    return Identity(
        name=NAME,
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.pool_size, name=NAME),
        clock=clock,
        rulebook=Rulebook.of(NAME),
        texts=Texts("chassis", "contracts", NAME),
        registry=Registry.at(settings.registry_url),
        sms=Sms(
            settings.sms_host,
            settings.sms_port,
            settings.sms_records_url,
            clock,
            system_id=settings.sms_system_id,
            password=settings.sms_password,
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
        passwords=Passwords(settings),
        keys=SigningKeys(settings.secrets_dir),
        registry_secrets=tuple(settings.secret(name) for name in settings.registry_secrets),
    )
