"""Settings of delivery, read once: `DELIVERY_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class DeliverySettings(ServiceSettings):
    """Where the post and the text operator are, and which secrets speak with them."""

    model_config = SettingsConfigDict(env_prefix="DELIVERY_", extra="forbid", frozen=True)

    post_url: str = "http://127.0.0.1:8090/post"
    sms_host: str = "127.0.0.1"
    sms_port: int = 2775
    sms_records_url: str = "http://127.0.0.1:8090/sms"
    sms_system_id: str = "jawaz"
    sms_source: str = "JAWAZ"
    callback_secrets: tuple[str, ...] = Field(
        ("post-callback",), description="names of the secrets a scan may be signed with; two while one is rotated"
    )
    search_asks_every_s: float = Field(2.0, gt=0, description="machine seconds between questions about an open search")
