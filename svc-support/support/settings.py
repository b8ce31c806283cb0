"""Settings of the support service, read once: `SUPPORT_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class SupportSettings(ServiceSettings):
    """Where a virus scanner listens, if there is one."""

    model_config = SettingsConfigDict(env_prefix="SUPPORT_", extra="forbid", frozen=True)

    scanner_host: str = Field("", description="clamd's address; empty: attachments are kept as unscanned")
    scanner_port: int = 3310
