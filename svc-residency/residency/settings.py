"""Settings of the residency service, read once: `RESIDENCY_…`."""

from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class ResidencySettings(ServiceSettings):
    """Where the bodies this service asks are found."""

    model_config = SettingsConfigDict(env_prefix="RESIDENCY_", extra="forbid", frozen=True)

    registry_url: str = "http://127.0.0.1:8090/registry"
    dues_url: str = "http://127.0.0.1:8090/dues"
    insurance_url: str = "http://127.0.0.1:8090/insurance"
    labour_url: str = "http://127.0.0.1:8090/labour"
    ports_url: str = "http://127.0.0.1:8090/ports"
    payments_url: str = "http://127.0.0.1:8090/payments"
