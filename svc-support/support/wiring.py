"""What one running support service consists of: the chassis' parts, its cipher and a scanner for attachments."""

from dataclasses import dataclass

from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.crypto import Cipher, use_cipher
from chassis.database import Database
from chassis.rulebook import Rulebook
from chassis.wiring import Service
from support.cleaning import Cleaner
from support.scanner import Clamd, NoScanner, Scanner
from support.settings import SupportSettings

NAME = "support"


@dataclass
class Support(Service):
    """The service's parts, handed to everything; nothing is global."""

    cipher: Cipher
    scanner: Scanner
    cleaner: Cleaner


def create_service(settings: SupportSettings, clock: Clock) -> Support:
    """Put the service together."""
    cipher = Cipher({"1": settings.secret("support-columns")}, "1", settings.secret("support-index"))
    use_cipher(NAME, cipher)
    rules = {**Rulebook.of("chassis").rules, **Rulebook.of(NAME).rules}
    return Support(
        name=NAME,
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.pool_size, name=NAME),
        clock=clock,
        rulebook=Rulebook(rules),
        texts=Texts("chassis", "contracts", NAME),
        cipher=cipher,
        cleaner=Cleaner(),
        scanner=Clamd(settings.scanner_host, settings.scanner_port) if settings.scanner_host else NoScanner(),
    )
