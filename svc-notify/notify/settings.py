"""Settings of notify, read once: `NOTIFY_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """Where the text operator and the mail server are, and under which name texts and letters go out."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_", extra="forbid", frozen=True)

    sms_host: str = "127.0.0.1"
    sms_port: int = 2775
    sms_records_url: str = "http://127.0.0.1:8090/sms"
    sms_system_id: str = "jawaz"
    sms_source: str = Field("JAWAZ", description="the sender's name a telephone shows")
    mail_host: str = "127.0.0.1"
    mail_port: int = 2525
    mail_sender: str = "no-reply@jawaz.invalid"
    mail_domain: str = Field("jawaz.invalid", description="the domain of the letters' Message-ID")
    mail_username: str = Field("", description="empty: the mail server asks for no sign-in")
    sweep_s: float = Field(
        5.0, gt=0, description="seconds between looks at notices that wait, were not confirmed or failed"
    )
