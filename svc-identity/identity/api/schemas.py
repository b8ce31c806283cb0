"""What goes in and out over HTTP."""

import re
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from chassis.http.problems import RequirementView
from contracts.values import (
    BorderNumber,
    Email,
    HolderNumber,
    Mobile,
    Nationality,
    PassportNumber,
    PersonNumber,
    fold_digits,
    is_person_number,
)

Language = Literal["ar", "en"]
Code = Annotated[str, Field(min_length=4, max_length=12, description="as it came; Arabic-Indic digits are folded")]
Secret = Annotated[str, Field(min_length=1, max_length=512)]


def _document_number(text: str) -> str:
    number = fold_digits(text).strip().upper()
    if not (is_person_number(number) or _PASSPORT.fullmatch(number)):
        raise PydanticCustomError("document-number-not-valid", "document-number-not-valid")
    return number


_PASSPORT = re.compile(r"[A-Z0-9]{6,9}", re.ASCII)
DocumentNumber = Annotated[
    str,
    AfterValidator(_document_number),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z0-9]{6,10}$", "examples": ["1000000008", "A12345678"]}),
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAccount(Strict):
    """A wish for an account: whose number it is and which mobile shall be bound to it."""

    number: PersonNumber
    mobile: Mobile
    email: Email | None = None
    language: Language = "ar"


class PassportSaid(Strict):
    """What a visitor's passport says; all three must be one person's in the registry."""

    number: PassportNumber
    nationality: Nationality
    born_on: date


class NewVisitor(Strict):
    """A visitor's wish for an account. With the passport it is active once the code is confirmed."""

    border_number: BorderNumber | None = None
    passport: PassportSaid | None = None
    mobile: Mobile
    email: Email | None = None
    language: Language = "ar"

    @model_validator(mode="after")
    def _names_somebody(self) -> "NewVisitor":
        if self.border_number is None and self.passport is None:
            raise PydanticCustomError("visitor-not-named", "visitor-not-named")
        return self


class RegistrationView(BaseModel):
    """The same for every number. If an account can be opened, a code is on its way to the mobile."""

    registration: UUID
    expires_at: datetime


class RecoveryView(BaseModel):
    """The same for every number. If there is an account with this mobile, a code is on its way to it."""

    recovery: UUID
    expires_at: datetime


class NewConfirmation(Strict):
    """The code that came by text, and the password to be."""

    registration: UUID
    code: Code
    password: Secret


class StateView(BaseModel):
    """One word of the request states, with its texts."""

    state: str
    texts: dict[str, str]


class AccountView(BaseModel):
    """An account as its holder sees it."""

    id: UUID
    reference: str
    kind: str
    status: str
    state: StateView
    names: dict[str, str] | None = None
    mobile: str | None = Field(None, description="its last digits only")
    email: str | None = None
    email_verified: bool = Field(False, description="its code came back; only then anything is sent there")
    language: str
    opened_at: datetime
    next_step: dict[str, str] | None = Field(None, description="what its holder does next, in words")


class AccountAtDeskView(BaseModel):
    """An account as whoever suspends or restores it sees it: not a word of how its holder is reached."""

    id: UUID
    reference: str
    kind: str
    status: str
    state: StateView
    opened_at: datetime


class AccountChanges(Strict):
    """What its holder changes. A code goes to the e-mail address, which is taken when the code came back."""

    language: Language | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "AccountChanges":
        if self.language is None and self.email is None:
            raise PydanticCustomError("nothing-to-change", "nothing-to-change")
        return self


class EmailCode(Strict):
    code: Code


class SessionView(BaseModel):
    """One browser that is signed in as me."""

    id: UUID
    device: str
    place: str = Field(description="the network it came from, coarse")
    acr: str = Field(description="what it was proved with: pwd+sms, pwd+totp, pwd+recovery or passkey")
    device_new_since: datetime | None = Field(None, description="first seen then, too lately for acts of consequence")
    signed_in_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_this_one: bool


class WaitingActivation(BaseModel):
    """A line of the clerks' list: nothing in it says who it is."""

    id: UUID
    reference: str
    kind: str
    waiting_since: datetime


class ActivationQuestion(Strict):
    number: HolderNumber


class ActivationView(BaseModel):
    """What a clerk sees of the account in hand, beside the document on the counter."""

    id: UUID
    reference: str
    number: str
    kind: str
    status: str
    state: StateView
    names: dict[str, str] | None
    mobile_ending: str | None
    waiting_since: datetime
    requirements: list[RequirementView]


class DocumentSeen(Strict):
    """What the clerk reads off the identity document."""

    number: DocumentNumber
    expires_on: date


class NewActivation(Strict):
    """The document seen, and the mobile the person at the counter says is theirs."""

    document: DocumentSeen
    mobile: Mobile
    office: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="where the clerk sits; absent: the only one they have"
    )


class NewReason(Strict):
    reason: Annotated[str, Field(min_length=3, max_length=500)]
