"""The envelope every event travels in, on every transport: a CloudEvents 1.0 body with our aggregate and version."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Envelope(BaseModel):
    """One event on its way. `version` counts an aggregate's events from 1 without gaps, in commit order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = "1.0"
    id: UUID
    source: str
    type: str
    time: datetime
    aggregate: str
    version: int = Field(ge=1)
    traceparent: str | None = None
    data: dict[str, Any]
