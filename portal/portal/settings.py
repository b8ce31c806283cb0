"""What an operator sets for the portal (`PORTAL_…`)."""

from pydantic_settings import SettingsConfigDict

from chassis.settings import ProcessSettings


class PortalSettings(ProcessSettings):
    """The one address it speaks to is the gateway's; `public_url` is the same gateway as browsers know it."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="forbid", frozen=True)

    gateway_url: str = "http://127.0.0.1:8080"
