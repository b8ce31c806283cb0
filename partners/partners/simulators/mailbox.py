"""The simulated mail server: an SMTP sink that keeps every letter, drops second copies by Message-ID, refuses by name."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from partners.simulators.faults import BodyFails, show
from partners.simulators.magic import magic_of_mailbox
from partners.simulators.models import Letter
from partners.simulators.world import World

_OK = "250 OK"
_BROKEN = "451 Try again later"
_SIZE = 10 * 1024 * 1024
_NEWEST = 200
_KEPT_HEADERS = ("from", "to", "subject", "date", "message-id", "content-language", "auto-submitted")


class ShownLetter(BaseModel):
    """One letter in a mailbox; `copies` counts how often it was handed in."""

    to: str
    sender: str
    subject: str
    language: str | None
    text: str
    html: str | None
    message_id: str
    headers: dict[str, Any]
    copies: int
    received_at: datetime


@dataclass
class MailServer:
    """The SMTP server of a world; aiosmtpd calls the `handle_…` methods."""

    world: World
    port: int = 0
    _server: asyncio.Server | None = None
    _met: Counter[str] = field(default_factory=Counter)
    _lose: bool = False

    async def start(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                self, hostname="mail.simulated.invalid", enable_SMTPUTF8=True, data_size_limit=_SIZE, loop=loop
            ),
            host,
            port,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        magic = magic_of_mailbox(address)
        if magic is not None:
            self._met[address] += 1
            if magic.times is None or self._met[address] <= magic.times:
                return f"{magic.code} {magic.title.en}"
        envelope.rcpt_tos.append(address)
        return _OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        script = self.world.faults.take("mail")
        if script is not None and script.kind != "drop_answer":
            try:
                await show(script.kind, script.seconds)
            except BodyFails:
                return _BROKEN
        letter = message_from_bytes(_octets(envelope), policy=policy.default)
        for mailbox in envelope.rcpt_tos:
            await self._keep(letter, mailbox.lower(), envelope.mail_from or "")
        if script is not None and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return _OK

    async def _keep(self, letter: EmailMessage, mailbox: str, sender: str) -> None:
        plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
        row = {
            "message_id": str(letter["Message-ID"] or self.world.stamp("ML")["reference"]),
            "mailbox": mailbox,
            "sender": sender,
            "subject": str(letter["Subject"] or ""),
            "language": letter["Content-Language"],
            "text": plain.get_content() if plain is not None else "",
            "html": rich.get_content() if rich is not None else None,
            "headers": {name: str(letter[name]) for name in _KEPT_HEADERS if letter[name] is not None},
            "copies": 1,
            "received_at": self.world.clock.now(),
        }
        keep = insert(Letter).values(row)
        async with self.world.transaction() as session:
            await session.execute(
                keep.on_conflict_do_update(index_elements=["message_id", "mailbox"], set_={"copies": Letter.copies + 1})
            )


def _octets(envelope: Envelope) -> bytes:
    content = envelope.content or b""
    return content.encode() if isinstance(content, str) else content


async def letters_to(world: World, mailbox: str | None = None) -> list[ShownLetter]:
    """The newest letters, oldest first, of one mailbox or of all."""
    query = select(Letter).order_by(Letter.received_at.desc()).limit(_NEWEST)
    if mailbox is not None:
        query = query.where(Letter.mailbox == mailbox.lower())
    async with world.transaction() as session:
        rows = list(await session.scalars(query))
    return [
        ShownLetter(
            to=row.mailbox,
            sender=row.sender,
            subject=row.subject,
            language=row.language,
            text=row.text,
            html=row.html,
            message_id=row.message_id,
            headers=row.headers,
            copies=row.copies,
            received_at=row.received_at,
        )
        for row in reversed(rows)
    ]
