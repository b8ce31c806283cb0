"""Saudi Post: national addresses, delivery orders with S10 labels, investigations, and signed scan callbacks."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, ValidationError

from contracts.values import S10
from partners.body import Answer, Body, Fact
from partners.callbacks import CallbackRefused, verify
from partners.registry import Text

ScanKind = Literal[
    "in_transit",
    "at_branch",
    "out_for_delivery",
    "attempted",
    "delivered",
    "returned_to_source",
    "lost",
    "old_document_returned",
]


class Address(Fact):
    """A registered national address. The short address is four letters and the building's four digits."""

    short_address: str
    building: str
    street: Text
    district: Text
    city: Text
    postcode: str
    additional: str


class Addresses(Answer):
    addresses: tuple[Address, ...]


class AddressAnswer(Answer):
    """`address` is None where the post knows no such short address."""

    address: Address | None


class PostOrder(Answer):
    """An order as the post has it; `cancelled` once it was called off, `last_scan` where the item was last seen."""

    order_reference: str
    s10: S10
    cancelled: bool = False
    last_scan: ScanKind | None = None
    last_scan_at: AwareDatetime | None = None
    replayed: bool = False


class PostOrderAnswer(Answer):
    """`order` is None where this reference never arrived."""

    order: PostOrder | None


class Investigation(Answer):
    """A search for an item: open until the post has found it or declared it lost."""

    s10: S10
    outcome: Literal["open", "found", "lost"]
    opened_at: AwareDatetime


class Scan(Fact):
    """One scan told by callback. `code` is the door code the receiver gave; `old_document` the number collected.

    `office` says where an old document was brought, where the post tells it.
    """

    message_id: str
    s10: S10
    kind: ScanKind
    scanned_at: AwareDatetime
    code: str | None = None
    old_document: str | None = None
    office: str | None = None


class Post(Body):
    """Refused slugs: `reference-reused`, `order-unknown`, `already-under-way`, `address-unknown`."""

    name: ClassVar[str] = "post"

    async def addresses(self, person: str) -> Addresses:
        """The person's registered national addresses; none is an empty list."""
        return await self._look("/addresses/lookup", {"person": person}, Addresses)

    async def address(self, short_address: str) -> AddressAnswer:
        return await self._look("/addresses/resolve", {"short_address": short_address}, AddressAnswer)

    async def order(self, reference: str, *, person: str, recipient: str, short_address: str, mobile: str) -> PostOrder:
        """Order a delivery to a registered address; the answer binds the order to an S10 label."""
        order = {
            "reference": reference,
            "person": person,
            "recipient": recipient,
            "short_address": short_address,
            "mobile": mobile,
        }
        return await self._act("/orders", order, PostOrder)

    async def find_order(self, reference: str) -> PostOrderAnswer:
        return await self._look("/orders/lookup", {"reference": reference}, PostOrderAnswer)

    async def cancel(self, reference: str) -> PostOrder:
        """Call an order off, while the item has not left the branch. Repeating it changes nothing."""
        return await self._act("/orders/cancel", {"reference": reference}, PostOrder)

    async def investigate(self, s10: str) -> Investigation:
        """Have an item searched for; asked again it tells the search's outcome, so it may be repeated."""
        return await self._look("/investigations", {"s10": s10}, Investigation)


def verify_callback(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> Scan:
    """The scan a callback tells, if one of our secrets signed it within five minutes. Raises CallbackRefused.

    The caller keeps `message_id` with the effect, so that a replay inside the window changes nothing.
    """
    message_id = verify(secrets, headers, body, now)
    try:
        told = _Callback.model_validate_json(body)
    except ValidationError:
        raise CallbackRefused("body-not-valid") from None
    return Scan(message_id=message_id, **told.data.model_dump())


def callback_body(
    s10: str,
    kind: str,
    scanned_at: datetime,
    *,
    code: str | None = None,
    old_document: str | None = None,
    office: str | None = None,
) -> bytes:
    """The body of a scan's callback, as the post sends it."""
    told = {
        "s10": s10,
        "kind": kind,
        "scanned_at": scanned_at,
        "code": code,
        "old_document": old_document,
        "office": office,
    }
    return _Callback.model_validate({"type": "post.scan", "data": told}).model_dump_json().encode()


class _ScanBody(Fact):
    s10: S10
    kind: ScanKind
    scanned_at: AwareDatetime
    code: str | None = None
    old_document: str | None = None
    office: str | None = None


class _Callback(Fact):
    type: Literal["post.scan"]
    data: _ScanBody
