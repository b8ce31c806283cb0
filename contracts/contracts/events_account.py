"""What identity says of accounts: frozen for acts of consequence for a while, because the mobile has changed."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from contracts.event import Event


class AccountFrozen(Event):
    """Until an instant this person's account does nothing of consequence; an instant that has passed ends it."""

    key: ClassVar[str] = "identity.account.frozen.v1"
    aggregate_field: ClassVar[str] = "account_id"
    summary: ClassVar[str] = "Acts of consequence wait for a while, because the account's mobile changed"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "account_id": "01900000-0000-7000-8000-000000000001",
        "person": "1000000008",
        "until": "2026-11-23T09:00:00Z",
        "reason": "mobile_changed",
        "at": "2026-11-22T09:00:00Z",
    }

    account_id: UUID
    person: str
    until: datetime
    reason: Literal["mobile_changed", "undone"]
    at: datetime
