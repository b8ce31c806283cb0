"""The SMS operator: texts over SMPP 3.4, delivery receipts, and asking what became of a text by our own reference.

The reference travels with every part in a vendor parameter and comes back in the receipt. After an unknown outcome ask
`outcome(reference)` first and send only the parts the operator does not have.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from typing import Literal

import smpp34
from pydantic import AwareDatetime

from chassis.clock import Clock
from chassis.http.client import HttpClient
from partners import smpp
from partners.body import Answer, Body, Fact, Refused, Unreachable
from partners.segmentation import Parts, segment

__all__ = ["Receipt", "Sms", "SmsOutcome", "SmsSent"]

_RECEIPTS = 10_000  # kept for whoever reads them; the oldest go first, and `outcome` still knows what they said
_PAUSES_S = (0.2, 0.6)  # a text half sent and throttled is worth waiting for; a whole one is not
_PASSWORD_OCTETS = 8
_STATES: dict[int, "ReceiptState"] = {
    smpp.DELIVERED: "delivered",
    smpp.EXPIRED: "expired",
    smpp.DELETED: "expired",
    smpp.UNDELIVERABLE: "undelivered",
    smpp.REJECTED: "undelivered",
}
_WORDS: dict[str, "ReceiptState"] = {
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "DELETED": "expired",
    "UNDELIV": "undelivered",
    "REJECTD": "undelivered",
}

ReceiptState = Literal["delivered", "undelivered", "expired"]


class SmsSent(Answer):
    """A text the operator has accepted whole; `message_ids` are the operator's, one a part."""

    message_ids: tuple[str, ...]
    parts: int


class Receipt(Fact):
    """What the operator tells of one part later. `reference` is ours where the operator carried it."""

    message_id: str
    state: ReceiptState
    reference: str | None


class SmsOutcome(Answer):
    """What the operator has of a reference: which parts it accepted, and how delivery stands."""

    known: bool
    parts_accepted: tuple[int, ...] = ()
    parts_expected: int = 0
    state: Literal["accepted", "delivered", "undelivered", "expired"] | None = None
    sent_at: AwareDatetime | None = None


class _Records(Body):
    """The operator's records, asked over HTTP."""

    name = "sms"

    async def outcome(self, reference: str) -> SmsOutcome:
        return await self._look("/lookup", {"reference": reference}, SmsOutcome)


class Sms:
    """One SMPP session towards the operator, bound on first use and again after it was lost."""

    def __init__(
        self,
        host: str,
        port: int,
        records_url: str,
        clock: Clock,
        *,
        system_id: str,
        password: str,
        source: str,
        total_s: float = 5.0,
    ) -> None:
        # SMPP 3.4 has room for eight octets of a password; the library panics at a ninth.
        self._client = {"host": host, "port": port, "system_id": system_id, "password": password[:_PASSWORD_OCTETS]}
        self._source = source
        self._total_s = total_s
        self._clock = clock
        self._records = _Records(HttpClient("sms", records_url, total_s=total_s))
        self._session: smpp34.Smsc | None = None
        self._binding = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None
        self._receipts: asyncio.Queue[Receipt] = asyncio.Queue(_RECEIPTS)

    async def send(self, reference: str, to: str, text: str, *, without: Collection[int] = ()) -> SmsSent:
        """Send a text to a mobile (E.164), leaving out the parts in `without` (from `outcome`).

        Raises Refused `throttled` (passing, nothing sent), Refused for a number or text the operator will not take, and
        Unreachable when the outcome of a part is unknown.
        """
        parts = segment(text, zlib.crc32(reference.encode()) & 0xFF)
        identifiers: list[str] = []
        for place, octets in enumerate(parts.octets, start=1):
            if place in without:
                continue
            first = not identifiers and not without
            identifiers.append(await self._submit(reference, to, octets, parts, first=first))
        return SmsSent(
            reference=identifiers[0] if identifiers else reference,
            answered_at=self._clock.now(),
            message_ids=tuple(identifiers),
            parts=len(parts.octets),
        )

    async def outcome(self, reference: str) -> SmsOutcome:
        """What the operator has of this reference."""
        return await self._records.outcome(reference)

    async def receipts(self) -> AsyncIterator[Receipt]:
        """Delivery receipts as they come, for ever. A receipt may come before `send` has returned."""
        while True:
            yield await self._receipts.get()

    async def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        if self._session is not None:
            session, self._session = self._session, None
            with suppress(smpp34.SmppError, TimeoutError, OSError):  # it may be gone already
                await asyncio.wait_for(session.unbind(), 1)
        await self._records.close()

    async def _submit(self, reference: str, to: str, octets: bytes, parts: Parts, *, first: bool) -> str:
        """One part; a throttled later part is tried again shortly, for a text half sent helps nobody."""
        for pause in (*_PAUSES_S, None):
            answer = await self._submit_once(reference, to, octets, parts)
            if answer.is_success and answer.message_id:
                return answer.message_id
            throttled = answer.command_status in (smpp.THROTTLED, smpp.QUEUE_FULL)
            if not throttled and first:
                raise _refusal(answer.command_status)
            if throttled and first:
                raise Refused("sms", "throttled", status=429)
            if not throttled or pause is None:
                break
            await asyncio.sleep(pause)
        raise Unreachable("sms", f"a later part was not taken: status {answer.command_status:#x}")

    async def _submit_once(self, reference: str, to: str, octets: bytes, parts: Parts) -> smpp34.SubmitSmResp:
        session = await self._bound()
        try:
            return await asyncio.wait_for(
                session.submit_sm(
                    to.removeprefix("+"),
                    octets,
                    source_addr=self._source,
                    source_addr_ton=smpp.ALPHANUMERIC,
                    source_addr_npi=0,
                    dest_addr_ton=smpp.INTERNATIONAL,
                    dest_addr_npi=smpp.ISDN,
                    data_coding=parts.data_coding,
                    esm_class=parts.esm_class,
                    registered_delivery=1,
                    tlvs=[smpp34.Tlv(smpp.REFERENCE, reference.encode())],
                ),
                self._total_s,
            )
        except (smpp34.SmppError, TimeoutError, OSError) as error:
            raise Unreachable("sms", type(error).__name__) from error

    async def _bound(self) -> smpp34.Smsc:
        async with self._binding:
            if self._session is None:
                try:
                    session = await asyncio.wait_for(smpp34.Client(**self._client).connect(), self._total_s)  # type: ignore[arg-type]
                except (smpp34.SmppError, TimeoutError, OSError) as error:
                    raise Unreachable("sms", type(error).__name__, never_sent=True) from error
                self._session = session
                self._pump = asyncio.create_task(self._listen(session), name="sms receipts")
            return self._session

    async def _listen(self, session: smpp34.Smsc) -> None:
        while not isinstance(event := await session.next(), smpp34.Disconnected):
            if receipt := receipt_of(event):
                if self._receipts.full():
                    self._receipts.get_nowait()
                self._receipts.put_nowait(receipt)
        if self._session is session:
            self._session = None


def receipt_of(event: smpp34.DeliverSmEvent) -> Receipt | None:
    """The receipt in a deliver_sm, from its optional parameters or else from the customary text."""
    given = {tlv.tag: tlv for tlv in event.tlvs}
    words = dict(
        word.split(":", 1) for word in event.short_message.decode("ascii", "replace").split(" ") if ":" in word
    )
    code = given[smpp.MESSAGE_STATE].value if smpp.MESSAGE_STATE in given else b""
    state = _STATES.get(code[0]) if code else _WORDS.get(words.get("stat", ""))
    identifier = (
        given[smpp.RECEIPTED_MESSAGE_ID].value.rstrip(b"\0").decode("ascii", "replace")
        if smpp.RECEIPTED_MESSAGE_ID in given
        else words.get("id", "")
    )
    if state is None or not identifier:
        return None
    carried = given.get(smpp.REFERENCE)
    return Receipt(
        message_id=identifier, state=state, reference=carried.value.decode("ascii", "replace") if carried else None
    )


def _refusal(status: int) -> Refused:
    slugs = {
        smpp.DESTINATION_REFUSED: "destination-refused",
        smpp.LENGTH_REFUSED: "text-refused",
        smpp.SYSTEM_ERROR: "operator-failed",
    }
    passing = status == smpp.SYSTEM_ERROR
    return Refused("sms", slugs.get(status, "text-refused"), status=503 if passing else 422, details={"status": status})
