"""Settings: read once at start, passed down, never looked up again. One class and one environment prefix per service."""

import os
import secrets
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

AUDIENCE = "urn:jawaz:api"
SAMPLE_SECRET = "sample-secret-for-development-only"  # noqa: S105 - refused outside development

S = TypeVar("S", bound="ProcessSettings")


class ProcessSettings(BaseSettings):
    """What every process is told: where it stands, and in which folder its secrets lie."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    environment: Literal["development", "test", "staging", "production"] = "development"
    public_url: str = "http://localhost:8080"
    secrets_dir: Path = Path(".run/secrets")
    host: str = "127.0.0.1"
    port: int = 0
    log_level: str = "INFO"
    otlp_endpoint: str = ""

    @property
    def in_development(self) -> bool:
        return self.environment in ("development", "test")

    def secret(self, name: str) -> str:
        """A secret read from its file. Development makes a missing one, tests use the sample, others refuse to start."""
        path = self.secrets_dir / name
        if path.is_file():
            value = path.read_text().strip()
        elif self.environment == "development":
            value = _made(path)
        elif self.environment == "test":
            value = SAMPLE_SECRET
        else:
            raise SystemExit(f"the secret {name} is missing: put it into {path}")
        if value == SAMPLE_SECRET and not self.in_development:
            raise SystemExit(f"the secret {name} is the published sample: make one of your own")
        return value


class ServiceSettings(ProcessSettings):
    """What every service is told. Subclass with `model_config = SettingsConfigDict(env_prefix="<SERVICE>_")`."""

    database_url: str = "postgresql://127.0.0.1/unset"
    owner_database_url: str = ""
    broker_url: str = "memory://"
    identity_url: str = Field("http://127.0.0.1:8081", description="identity's inner address, for its keys")
    gateway_url: str = Field(
        "http://127.0.0.1:8080",
        description="the gateway's inner address: other services' parts of an errand are asked there",
    )
    clock_url: str = Field("", description="where a sandbox tells how far business time was moved")
    seal_log: str = Field("", description="a file that the audit's seals are appended to; keep a copy elsewhere")
    pool_size: int = Field(8, ge=1, le=64)

    @model_validator(mode="after")
    def _no_sandbox_outside_development(self) -> Self:
        if self.clock_url and not self.in_development:
            raise ValueError("clock_url is a sandbox's and refused outside development")
        return self


def _made(path: Path) -> str:
    """A new random secret, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    value = secrets.token_urlsafe(32)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
    return value


def read(settings: type[S]) -> S:
    """Read settings from the environment and refuse a misspelt variable. Raises SystemExit with the names.

    A setting that is no variable may be a file of its name in the secrets' folder (`<service>_database_url`): addresses
    that hold a password belong there, because an environment is shown by every tool that shows processes.
    """
    prefix = str(settings.model_config.get("env_prefix", "")).upper()
    known = {prefix + name.upper() for name in settings.model_fields}
    if unknown := sorted(name for name in os.environ if name.upper().startswith(prefix) and name.upper() not in known):
        raise SystemExit(f"unknown settings: {', '.join(unknown)}")
    folder = Path(os.environ.get(f"{prefix}SECRETS_DIR", settings.model_fields["secrets_dir"].default))
    return settings(_secrets_dir=folder if folder.is_dir() else None)
