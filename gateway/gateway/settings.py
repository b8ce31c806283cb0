"""What an operator sets for the gateway; everything else is a limit (`limits.toml`) or a route (`routes.toml`)."""

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once from the environment (`GATEWAY_…`) and passed down; raises pydantic.ValidationError when unusable."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="forbid")

    environment: Literal["development", "test", "staging", "production"] = "development"
    public_url: str = "http://localhost:8080"
    upstreams: dict[str, str]
    jwks_url: str = ""
    audience: str = "urn:jawaz:api"
    host: str = "127.0.0.1"
    port: int = 8080
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9180
    routes_file: Path | None = None
    limits_file: Path | None = None
    openapi_folder: Path | None = None
    cors_origins: tuple[str, ...] = ()
    access_log: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.rstrip("/") or parts.query:
            raise ValueError("public_url is an origin: scheme, host and port, no path")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("upstreams")
    @classmethod
    def _plain_http(cls, value: dict[str, str]) -> dict[str, str]:
        for service, address in value.items():
            parts = urlsplit(address)
            if parts.scheme != "http" or not parts.hostname or parts.path.rstrip("/"):
                raise ValueError(f"upstream of {service} must be http://host:port, is {address!r}")
        return value

    @property
    def jwks_address(self) -> tuple[str, str]:
        """Where the signing keys are read (address and path): what was set, else identity's own inner address."""
        parts = urlsplit(
            self.jwks_url or f"{self.upstreams.get('identity', 'http://127.0.0.1:1').rstrip('/')}/oauth/jwks"
        )
        return f"{parts.scheme}://{parts.netloc}", parts.path

    @property
    def public_host(self) -> str:
        """Host and port that people and tokens know."""
        return urlsplit(self.public_url).netloc

    @property
    def public_scheme(self) -> str:
        """`https` in production; the inner hop is always plain."""
        return urlsplit(self.public_url).scheme


def read() -> Settings:
    """The settings of this process. Raises SystemExit naming a misspelt variable."""
    known = {f"GATEWAY_{name.upper()}" for name in Settings.model_fields}
    if unknown := sorted(name for name in os.environ if name.upper().startswith("GATEWAY_") and name not in known):
        raise SystemExit(f"unknown settings: {', '.join(unknown)}")
    return Settings()
