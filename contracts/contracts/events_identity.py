"""What identity says: how a person is reached, and who stands in for whom from when to when."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from contracts.event import Event


class ContactChanged(Event):
    """How a person is reached changed, or became known at activation. Copies keep the newest."""

    key: ClassVar[str] = "identity.contact.changed.v1"
    aggregate_field: ClassVar[str] = "account_id"
    summary: ClassVar[str] = "A person's verified mobile, e-mail or language changed"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "account_id": "01900000-0000-7000-8000-000000000001",
        "person": "1000000008",
        "mobile": "+966501234567",
        "email": "someone@example.org",
        "language": "ar",
    }

    account_id: UUID
    person: str
    mobile: str
    email: str | None = None
    language: Literal["ar", "en"] = "ar"


class RelationChanged(Event):
    """A relation was opened, or its interval changed; `ends_at` in the past closes it. Copies keep the newest."""

    key: ClassVar[str] = "identity.relation.changed.v1"
    aggregate_field: ClassVar[str] = "relation_id"
    summary: ClassVar[str] = "Who may see and act on whose record changed"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "relation_id": "01900000-0000-7000-8000-000000000002",
        "relation": "household_head",
        "subject": "1000000008",
        "object": "1012345672",
        "starts_at": "2026-11-22T00:00:00Z",
        "ends_at": None,
        "scope": None,
        "narrowed_to": None,
        "uses_allowed": None,
        "changed_at": "2026-11-22T00:00:00Z",
    }

    relation_id: UUID
    relation: str
    subject: str
    object: str
    starts_at: datetime
    ends_at: datetime | None = None
    scope: str | None = None
    narrowed_to: str | None = None
    uses_allowed: int | None = None
    changed_at: datetime | None = None


class RelationsCurrent(Event):
    """Every relation committed by `as_of` has been said before this: a copy that hears it is that new.

    Said every second, kept by nobody: the newest counts, and no row is made of it.
    """

    key: ClassVar[str] = "identity.relations.current.v1"
    aggregate_field: ClassVar[str] = "source"
    summary: ClassVar[str] = "How new a copy of the relations is"
    example: ClassVar[dict[str, Any]] = {"source": "identity", "as_of": "2026-11-22T00:00:00Z"}

    source: str
    as_of: datetime
