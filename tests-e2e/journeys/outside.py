"""The world outside, as a person meets it: a telephone, a mailbox, a bank, a courier, and time that can be moved."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx2

from contracts.values import person_check_digit


class Outside:
    """The simulated bodies' own records and the hands that move them."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, timeout=15, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def texts(self, mobile: str | None = None) -> list[dict[str, Any]]:
        """Texts a telephone has received, oldest first."""
        answer = await self._http.get("/control/sms", params={"to": mobile} if mobile else {})
        return list(answer.raise_for_status().json())

    async def letters(self, address: str | None = None) -> list[dict[str, Any]]:
        """Letters in a mailbox."""
        answer = await self._http.get("/control/mail", params={"to": address} if address else {})
        return list(answer.raise_for_status().json())

    async def next_text(self, mobile: str, after: int, containing: str = "", *, within_s: float = 25.0) -> str:
        """The first text beyond those `after` that says something. Raises TimeoutError."""
        for _ in range(int(within_s / 0.2)):
            for text in (await self.texts(mobile))[after:]:
                if containing in text["text"]:
                    return str(text["text"])
            await asyncio.sleep(0.2)
        raise TimeoutError(f"no text with {containing!r} came")

    async def code(self, mobile: str, after: int) -> str:
        """The code in the next text."""
        for _ in range(100):
            for text in (await self.texts(mobile))[after:]:
                if found := re.search(r"(?<!\d)(\d{6})(?!\d)", text["text"]):
                    return found.group(1)
            await asyncio.sleep(0.2)
        raise TimeoutError("no code came")

    async def person(self, number: str) -> dict[str, Any]:
        """What the civil registry has of somebody: their identity document, as it lies on the counter."""
        answer = await self._http.post("/registry/persons/lookup", json={"number": number})
        return dict(answer.raise_for_status().json())

    async def balance(self, person: str, service_code: str) -> dict[str, Any]:
        """The prepaid balance the payment body keeps."""
        question = {"person": person, "service_code": service_code}
        return dict((await self._http.post("/payments/balances/lookup", json=question)).raise_for_status().json())

    async def deposit(self, person: str, service_code: str, amount_minor: int) -> None:
        """At the bank: anybody pays in for a number and a service."""
        paid = {"person": person, "service_code": service_code, "amount_minor": amount_minor}
        (await self._http.post("/bank/deposits", json=paid)).raise_for_status()

    async def scan(self, envelope: str, kind: str, **more: str) -> dict[str, Any]:
        """The courier's handheld; what the platform answered comes back with it."""
        answer = await self._http.post(f"/control/post/{envelope}/scan", json={"kind": kind, **more})
        return dict(answer.raise_for_status().json())

    async def move_clock(self, seconds: float) -> None:
        """Let business time pass for everybody."""
        (await self._http.post("/control/clock", json={"advance_seconds": seconds})).raise_for_status()


class Telephone:
    """The second proof of everybody else: the code in the next text."""

    def __init__(self, outside: Outside, mobile: str) -> None:
        self._outside = outside
        self._mobile = mobile
        self._before = 0

    async def ready(self) -> None:
        self._before = len(await self._outside.texts(self._mobile))

    async def code(self) -> str:
        return await self._outside.code(self._mobile, self._before)


def numbered(head: str) -> str:
    """A person's number from its first nine digits: nobody's, and valid."""
    return head + str(person_check_digit(head))
