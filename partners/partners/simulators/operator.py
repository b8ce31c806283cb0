"""The simulated SMS operator: an SMPP 3.4 server, its records (`/sms`), and every text kept to be read.

The library hands over binds and texts but not the password of a bind, so any password is taken here.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import smpp34
import structlog
from fastapi import APIRouter
from sqlalchemy import func, select

from chassis.identifiers import uuid7
from partners import smpp
from partners.segmentation import UDHI, header_of
from partners.simulators.faults import BodyFails, show
from partners.simulators.magic import MagicMobile, magic_of_mobile
from partners.simulators.models import TextPart
from partners.simulators.wire import Question
from partners.simulators.world import World
from partners.sms import SmsOutcome

log = structlog.get_logger("partners")

_HELD_S = 30.0  # how long a lost answer is held back: longer than any client waits
_WORDS = {"delivered": ("DELIVRD", smpp.DELIVERED), "undelivered": ("UNDELIV", smpp.UNDELIVERABLE)}


class ReferenceQuestion(Question):
    reference: str


@dataclass
class Operator:
    """The SMPP server of a world. `start` before the first bind."""

    world: World
    _server: smpp34.Server | None = None
    _sessions: dict[str, smpp34.Esme] = field(default_factory=dict)
    _met: Counter[str] = field(default_factory=Counter)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, host: str, port: int) -> None:
        self._server = smpp34.Server(host, port, system_id="SMSC")
        await self._server.start()
        self._spawn(self._serve(self._server))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in self._sessions.values():
            with suppress(smpp34.SmppError, OSError, TimeoutError):
                await asyncio.wait_for(session.unbind(), 1)
        self._sessions.clear()
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, server: smpp34.Server) -> None:
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self._sessions[event.session_id] = event
            elif isinstance(event, smpp34.Unbound):
                self._sessions.pop(event.session_id, None)
            else:
                self._spawn(self._take(event))

    async def _take(self, event: smpp34.SubmitSmEvent) -> None:
        """Decide over one part: take it, refuse it, or take it and lose the answer."""
        try:
            await self._decide(event)
        except BodyFails:
            event.reject(smpp.SYSTEM_ERROR)
        except Exception:  # an edge: the sender hears of our failure, and the server goes on
            log.exception("text.failed")
            event.reject(smpp.SYSTEM_ERROR)

    async def _decide(self, event: smpp34.SubmitSmEvent) -> None:
        script = self.world.faults.take("sms")
        if script is not None and script.kind != "drop_answer":
            await show(script.kind, script.seconds)
        magic = magic_of_mobile(event.destination_addr)
        answer = self._answer_of(magic, event.destination_addr)
        if answer == "throttled":
            event.reject(smpp.THROTTLED)
            return
        if answer == "refused":
            event.reject(smpp.DESTINATION_REFUSED)
            return
        row = await self._keep(event)
        self._spawn(self._receipt(event, row, magic))
        if answer == "lost" or (script is not None and script.kind == "drop_answer"):
            await asyncio.sleep(_HELD_S)
        event.accept(row.message_id)

    def _answer_of(self, magic: MagicMobile, mobile: str) -> str:
        if magic.times is None:
            return magic.answer
        self._met[mobile] += 1
        return magic.answer if self._met[mobile] <= magic.times else "accepted"

    async def _keep(self, event: smpp34.SubmitSmEvent) -> TextPart:
        octets = bytes(event.short_message)
        _, parts, part = header_of(octets) if event.esm_class & UDHI else (0, 1, 1)
        reference = next(
            (tlv.value.decode("utf-8", "replace") for tlv in event.tlvs if tlv.tag == smpp.REFERENCE), None
        )
        async with self.world.transaction() as session:
            before = await session.scalar(
                select(func.count())
                .select_from(TextPart)
                .where(TextPart.reference == reference, TextPart.part == part, TextPart.reference.is_not(None))
            )
            row = TextPart(
                message_id=uuid7().hex,
                reference=reference,
                copy=before or 0,
                source=event.source_addr,
                mobile="+" + event.destination_addr,
                part=part,
                parts=parts,
                data_coding=event.data_coding,
                octets=octets,
                state="accepted",
                received_at=self.world.clock.now(),
            )
            session.add(row)
        return row

    async def _receipt(self, event: smpp34.SubmitSmEvent, row: TextPart, magic: MagicMobile) -> None:
        if magic.receipt == "never":
            return
        state = "undelivered" if magic.receipt == "undelivered" else "delivered"
        await asyncio.sleep(max(self.world.settings.receipt_seconds, magic.receipt_after_seconds))
        await self._note(row.message_id, state)
        session = self._sessions.get(event.session_id)
        if session is None or not event.registered_delivery:
            return
        word, code = _WORDS[state]
        parameters = [
            smpp34.Tlv(smpp.RECEIPTED_MESSAGE_ID, row.message_id.encode() + b"\0"),
            smpp34.Tlv(smpp.MESSAGE_STATE, bytes((code,))),
        ]
        if row.reference:
            parameters.append(smpp34.Tlv(smpp.REFERENCE, row.reference.encode()))
        told = f"id:{row.message_id} sub:001 dlvrd:001 stat:{word} err:000 text:"
        with suppress(smpp34.SmppError, OSError):  # the sender has gone; its records stay to be asked
            await session.deliver_sm(
                event.source_addr,
                told.encode(),
                source_addr=event.destination_addr,
                esm_class=smpp.RECEIPT,
                tlvs=parameters,
            )

    async def _note(self, message_id: str, state: str) -> None:
        async with self.world.transaction() as session:
            row = await session.get_one(TextPart, message_id)
            row.state, row.receipt_at = state, self.world.clock.now()


def routes(world: World) -> APIRouter:
    """The operator's records over HTTP."""
    router = APIRouter(prefix="/sms", tags=["sms"])

    @router.post("/lookup")
    async def lookup(question: ReferenceQuestion) -> SmsOutcome:
        async with world.transaction() as session:
            query = select(TextPart).where(TextPart.reference == question.reference).order_by(TextPart.seq)
            rows = list(await session.scalars(query))
        if not rows:
            return SmsOutcome(**world.stamp("SMS"), known=False)
        states = [row.state for row in rows]
        state = next((s for s in ("undelivered", "expired", "accepted") if s in states), "delivered")
        return SmsOutcome.model_validate(
            {
                **world.stamp("SMS"),
                "known": True,
                "parts_accepted": sorted({row.part for row in rows}),
                "parts_expected": rows[0].parts,
                "state": state,
                "sent_at": rows[0].received_at,
            }
        )

    return router
