"""Settings of the simulators, read once: `PARTNERS_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings

CALLBACK_SECRET = "post-callback"  # noqa: S105 - the name of the secret's file, shared with the delivery service
NOTICE_SECRET = "registry-callback"  # noqa: S105 - likewise, shared with identity


class PartnersSettings(ServiceSettings):
    """Where the simulators listen and how quick the outside bodies are. Seconds here are business seconds."""

    model_config = SettingsConfigDict(env_prefix="PARTNERS_", extra="forbid", frozen=True)

    smpp_port: int = Field(0, description="0 is any free port")
    smtp_port: int = Field(0, description="0 is any free port")
    callback_url: str = Field("", description="where the post tells its scans; empty: they wait until it is set")
    notice_url: str = Field("", description="where the registry tells its notices; empty: they wait until it is set")
    callback_tries: int = Field(3, ge=1, description="tries of one scan before it waits for the next round")
    callback_round_s: float = Field(5.0, gt=0, description="machine seconds between rounds over untold scans")
    print_seconds: float = Field(0.5, ge=0)
    investigation_seconds: float = Field(0.0, ge=0)
    refund_seconds: float = Field(259_200.0, ge=0, description="how long a refund is on its way to the bank")
    receipt_seconds: float = Field(0.0, ge=0, description="machine seconds before a delivery receipt")
    passport_numbers: str = Field("A########", description="how new booklet numbers look; # is a digit of the serial")
    iqama_card_numbers: str = "C########"
    travel_permit_numbers: str = "T########"
    post_indicator: str = Field("RR", description="S10 service indicator of the labels")
    post_walks: bool = Field(False, description="items walk by themselves up to the receiver's door")
    post_walk_s: float = Field(1.0, gt=0, description="machine seconds between two scans of a walk")

    @property
    def notice_secret(self) -> str:
        return self.secret(NOTICE_SECRET)

    @property
    def callback_secret(self) -> str:
        return self.secret(CALLBACK_SECRET)
