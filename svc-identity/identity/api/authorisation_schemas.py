"""What goes in and out over HTTP about authorisations."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.http.problems import RequirementView
from contracts.authority import AuthorisedService
from contracts.values import PersonNumber
from identity.api.schemas import Code, StateView


class _Wish(BaseModel):
    """For what, from when to when, for which record and how often."""

    model_config = ConfigDict(extra="forbid")

    service: AuthorisedService
    starts_on: date | None = Field(None, description="absent: today")
    ends_on: date = Field(description="the last day it is good for")
    narrowed_to: PersonNumber | None = Field(None, description="one dependant or worker; absent: all my records")
    uses_allowed: Annotated[int, Field(ge=1, le=10_000)] | None = Field(None, description="absent: without limit")


class NewAuthorisation(_Wish):
    """Whom I authorise. The birth date proves that I know whom I mean."""

    grantee: PersonNumber
    grantee_born_on: date


class NewAuthorisationRequest(_Wish):
    """Whom I ask to authorise me."""

    grantor: PersonNumber


class NewCode(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Code


class ServiceView(BaseModel):
    """A service that can be granted."""

    code: AuthorisedService
    texts: dict[str, str]
    high_harm: bool
    carried: bool
    longest_days: int


class SideView(BaseModel):
    """One side. The name is told once the grantor has confirmed."""

    number: str
    names: dict[str, str] | None = None
    is_me: bool


class AuthorisationLine(BaseModel):
    """An authorisation in a list."""

    id: UUID
    reference: str
    service: AuthorisedService
    service_texts: dict[str, str]
    status: str
    state: StateView
    given: bool = Field(description="by me; else to me")
    grantor: SideView
    grantee: SideView
    asked_by_grantee: bool
    starts_on: date
    ends_on: date
    narrowed_to: str | None
    uses_allowed: int | None
    uses: int
    opened_at: datetime
    moved_at: datetime
    moves: list[str] = Field(description="what I may do with it from here; requirements may still stand in the way")


class OpenActionView(BaseModel):
    """Something I can do with it, and what stands in the way."""

    action: str
    possible: bool
    in_the_way: list[RequirementView]


class AuthorisationMoveView(BaseModel):
    """One step of its history."""

    action: str
    status: str
    state: StateView
    at: datetime
    standing: str
    reason: str | None = None


class AuthorisationView(AuthorisationLine):
    """One authorisation in full."""

    actions: list[OpenActionView]
    timeline: list[AuthorisationMoveView]
