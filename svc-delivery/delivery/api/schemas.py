"""What goes in and out of delivery's doors."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.http.problems import RequirementView
from contracts.values import S10, PassportNumber, ShortAddress

Words = dict[str, str]


class StateView(BaseModel):
    """What a person reads for a status, and whose turn it is."""

    code: str
    texts: Words
    turn: Literal["office", "carrier", "holder", "nobody"]
    turn_texts: Words


class InstantView(BaseModel):
    """An instant (UTC), and the day in Riyadh on which it falls, in the Umm al-Qura calendar."""

    at: datetime
    hijri: str


class PromiseView(BaseModel):
    """The promise runs from hand-over. `kept` is absent while it is open."""

    handed_over_at: InstantView
    promised_by: InstantView
    kept: bool | None


class ActionView(BaseModel):
    """Something the reader could do now, and what still stands in the way of it."""

    action: str
    possible: bool
    requirements: list[RequirementView]


class TimelineEntry(BaseModel):
    """One step of the way."""

    status: str
    state: str
    texts: Words
    at: InstantView


class ShipmentLine(BaseModel):
    """A shipment in a list."""

    id: UUID
    reference: str
    case_id: UUID
    case_reference: str
    status: str
    state: StateView
    envelope: str | None
    opened_at: InstantView
    promise: PromiseView | None


class ShipmentView(ShipmentLine):
    """A shipment as its holder sees it."""

    short_address: str
    reissue: bool
    collects_old_document: bool
    old_document: Literal["none", "expected", "collected", "returned"]
    attempts: int
    held_until: InstantView | None
    delivered_at: InstantView | None
    claim_open_from: InstantView | None
    open_actions: list[ActionView]
    timeline: list[TimelineEntry]


class PackingLine(BaseModel):
    """A line of the packing desk: no name, no address, no document number."""

    id: UUID
    reference: str
    case_reference: str
    status: Literal["labelled", "packed"]
    envelope: str
    reissue: bool
    waiting_since: InstantView
    late: bool = Field(description="packed, and not handed over in the time the rule gives")


class DeskShipmentView(BaseModel):
    """What the desk hears after an act: no more of the person than it needs."""

    id: UUID
    reference: str
    status: str
    state: StateView
    envelope: str | None
    office: str | None


class NewPacking(BaseModel):
    """Both scans of the clerk: the document's number and the envelope's label."""

    model_config = ConfigDict(extra="forbid")

    document_number: PassportNumber
    envelope: S10
    office: str | None = Field(None, max_length=60, description="needed only of clerks of several offices")


class NewHandOver(BaseModel):
    """A manifest. With `whole`, one envelope that is not fit refuses all."""

    model_config = ConfigDict(extra="forbid")

    envelopes: Annotated[list[S10], Field(min_length=1, max_length=200)]
    whole: bool = False
    office: str | None = Field(None, max_length=60, description="needed only of clerks of several offices")


class HandOverLine(BaseModel):
    """What became of one envelope of a manifest."""

    envelope: str
    verdict: Literal["handed_over", "already_handed_over", "not_packed", "packed_elsewhere", "unknown"]
    texts: Words
    promised_by: InstantView | None


class HandOverView(BaseModel):
    """The manifest; without a reference nothing was handed over."""

    reference: str | None
    office: str
    handed_over: int
    lines: list[HandOverLine]


class AddressChoice(BaseModel):
    """One of the caller's registered addresses."""

    model_config = ConfigDict(extra="forbid")

    short_address: ShortAddress


class NewCancellation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=5, max_length=500)]


class AddressView(BaseModel):
    """A registered national address, as the post knows it."""

    short_address: str
    building: str
    street: Words
    district: Words
    city: Words
    postcode: str
    additional: str


class AddressesView(BaseModel):
    """`being_checked`: the post has been asked; ask again after `Retry-After` seconds."""

    state: Literal["known", "being_checked", "unknown_person"]
    answered_at: InstantView | None
    items: list[AddressView]


class OfficeView(BaseModel):
    """A place where documents are packed, handed out and matched. `walk_in`: no appointment is needed."""

    code: str
    kind: Literal["directorate", "mall", "airport"]
    kind_texts: Words
    name: Words
    city: Words
    walk_in: bool
    hours: list[dict[str, Any]]


class OfficesView(BaseModel):
    items: list[OfficeView]


class ParkedScanView(BaseModel):
    """A signed scan that fits nothing; the carrier said something that cannot be so."""

    message_id: str
    envelope: str
    kind: str
    reason: str
    shipment: UUID | None
    scanned_at: InstantView
    received_at: InstantView


class ParkedScansView(BaseModel):
    items: list[ParkedScanView]


class NewSettlement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    message_id: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=5, max_length=500)]


class ScanView(BaseModel):
    """What became of a scan; the carrier need not tell it again."""

    verdict: Literal["applied", "known", "superseded", "parked"]
    reason: str | None
    shipment: UUID | None
    status: str | None
    replayed: bool
