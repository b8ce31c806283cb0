"""Settings of the passport service, read once: `PASSPORT_…`."""

from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class PassportSettings(ServiceSettings):
    """Where the bodies this service asks are found."""

    model_config = SettingsConfigDict(env_prefix="PASSPORT_", extra="forbid", frozen=True)

    registry_url: str = "http://127.0.0.1:8090/registry"
    dues_url: str = "http://127.0.0.1:8090/dues"
    payments_url: str = "http://127.0.0.1:8090/payments"
    printing_url: str = "http://127.0.0.1:8090/printing"
    post_url: str = "http://127.0.0.1:8090/post"
