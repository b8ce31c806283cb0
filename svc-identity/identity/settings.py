"""Settings of identity, read once: `IDENTITY_…`."""

import os

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


def _cores_for_hashing() -> int:
    """One core is left to everything else of a sign-in: taking it too made sign-ins no quicker and others twice as slow."""
    return max(1, (os.cpu_count() or 1) - 1)


class IdentitySettings(ServiceSettings):
    """Where the registry, the SMS operator and the mail server are, and how dear a password is to check."""

    model_config = SettingsConfigDict(env_prefix="IDENTITY_", extra="forbid", frozen=True)

    registry_url: str = "http://127.0.0.1:9000/registry"
    registry_secrets: tuple[str, ...] = Field(
        ("registry-callback",), description="names of the secrets a notice may be signed with; two while one is rotated"
    )
    sms_host: str = "127.0.0.1"
    sms_port: int = 2775
    sms_records_url: str = "http://127.0.0.1:9000/sms"
    sms_system_id: str = "jawaz"
    sms_source: str = Field("JAWAZ", description="the sender's name a text shows")
    mail_host: str = "127.0.0.1"
    mail_port: int = 2525
    mail_sender: str = "no-reply@jawaz.invalid"
    mail_domain: str = Field("jawaz.invalid", description="the domain of the letters' Message-ID")
    mail_username: str = Field("", description="empty: the mail server asks for no sign-in")
    argon2_memory_kib: int = Field(19_456, ge=8, description="argon2id memory; the OWASP figure with two passes")
    argon2_passes: int = Field(2, ge=1)
    hash_threads: int = Field(
        default_factory=_cores_for_hashing, ge=1, description="passwords checked at the same time; all cores but one"
    )
    hash_waiting: int = Field(32, ge=1, description="passwords waiting to be checked before the door says 503")

    @property
    def sms_password(self) -> str:
        return self.secret("sms-password")

    @property
    def cookies_are_secure(self) -> bool:
        """Whether the public address is https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")
