"""What comes in and goes out through the API. Dates are Gregorian with a computed `hijri` beside them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.http.problems import RequirementView
from chassis.http.views import DayView, InstantView, StateView, Words
from contracts.values import EnglishName, PassportNumber, PersonNumber, ShortAddress
from passport.domain.reasons import RefusalReason, ReturnReason

Language = Literal["ar", "en"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EligibilityQuestion(_In):
    """Who would renew: oneself when left out, else a dependant."""

    person: PersonNumber | None = None


class NewApplication(_In):
    """A draft to open."""

    kind: Literal["renewal"] = "renewal"
    person: PersonNumber | None = Field(None, description="a dependant; oneself when left out")
    validity_years: Annotated[int, Field(ge=1, le=20)]
    language: Language = "ar"


class EnglishNameChanges(_In):
    """The English name as its holder accepts it, in Latin letters."""

    given_names: EnglishName
    family_name: EnglishName


class DeliveryAddressChanges(_In):
    """One of the holder's registered short addresses."""

    short_address: ShortAddress


class PledgeAcceptanceChanges(_In):
    """The version and language in which the pledge was shown."""

    version: Annotated[int, Field(ge=1)]
    language: Language = "ar"


class ReturnDecision(_In):
    """What the applicant is asked to mend."""

    reason: ReturnReason
    note: str | None = Field(None, max_length=500)


class RefusalDecision(_In):
    """Why the application is refused."""

    reason: RefusalReason
    note: str | None = Field(None, max_length=500)


class ReprintOrder(_In):
    """Why a refused print is ordered again."""

    reason: str = Field(min_length=3, max_length=500)


class NewActivation(_In):
    """The case and the old booklet that was brought or carried back."""

    reference: str = Field(max_length=40)
    old_booklet_number: PassportNumber


class FeeView(BaseModel):
    """The fee of an application in minor units of SAR, and where it stands."""

    amount_minor: int
    currency: Literal["SAR"] = "SAR"
    service_code: str
    state: str
    reason: str | None = None
    reason_texts: Words | None = None


class EnglishNameView(BaseModel):
    """The accepted name, or the registry's spelling as a suggestion."""

    given_names: str
    family_name: str
    accepted: bool


class RecordView(BaseModel):
    """What the registry says of the holder, as it is shown for review."""

    name_ar: str
    born_on: DayView
    sex: str
    nationality: str
    old_number: str | None
    old_expires_on: DayView | None


class ActionView(BaseModel):
    """Something the reader could do now, with every requirement in the way."""

    action: str
    possible: bool
    in_the_way: list[RequirementView]


class MoveView(BaseModel):
    """One step of the timeline."""

    action: str
    status: str
    state: StateView
    at: InstantView
    standing: str
    acted_for: Words | None = Field(None, description="both names by their last digits, when it was done for another")
    reason: str | None = None
    reason_texts: Words | None = None


class PledgeView(BaseModel):
    """A pledge to accept, or accepted."""

    pledge: str
    version: int
    texts: Words
    accepted_at: datetime | None = None


class ApplicationLine(BaseModel):
    """An application in a list."""

    id: UUID
    reference: str
    kind: str
    person: str
    status: str
    state: StateView
    turn: StateView
    opened_at: InstantView
    moved_at: InstantView
    promised_on: DayView | None = None


class ApplicationView(ApplicationLine):
    """An application with everything its reader may know and do."""

    validity_years: int
    language: str
    english_name: EnglishNameView | None
    has_photo: bool
    short_address: str | None
    addresses: list[str] | None = Field(None, description="registered short addresses, once the post has answered")
    record: RecordView | None = Field(None, description="absent until the registry has answered")
    reviewed_at: InstantView | None
    pledges: list[PledgeView]
    fee: FeeView
    submitted_at: InstantView | None
    reason: str | None
    reason_texts: Words | None
    note: str | None
    passport_number: str | None
    old_number: str | None
    old_office: str | None
    actions: list[ActionView]
    timeline: list[MoveView]


class EligibilityView(BaseModel):
    """May this person renew, and if not, everything that stands in the way with what mends it."""

    eligible: bool
    being_checked: bool
    requirements: list[RequirementView]
    validities: list[int] = Field(description="years this person may choose; empty until the registry has answered")
    fees_minor: dict[str, int]
    english_name: EnglishNameView | None = None


class WorkItemView(BaseModel):
    """A case that waits for an officer; no personal data."""

    id: UUID
    reference: str
    status: str
    submitted_at: datetime | None
    age_s: int = Field(description="seconds since it came to this list")
    taken: Literal["free", "yours", "another"]


class BookletView(BaseModel):
    """A passport booklet and what it is good for."""

    number: str
    person: str
    status: str
    status_texts: Words
    issued_on: DayView | None
    expires_on: DayView | None
    zone: list[str] | None = None
