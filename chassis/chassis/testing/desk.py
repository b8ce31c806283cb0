"""A browser of a member of staff before a service's ops door, for the tests of its sections."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx2
from fastapi import FastAPI
from starlette.responses import Response

from chassis.authority import open_relation
from chassis.clock import machine_now
from chassis.crypto import Cipher
from chassis.database import Sight
from chassis.http.app import wrapped
from chassis.testing.tokens import ISSUER, TokenMint
from chassis.web.cookies import SealedCookie
from chassis.wiring import Service


class StaffBrowser:
    """`await browser.page("/work-list")`, `await browser.press("/cases/…/approve", reason="…")`."""

    def __init__(self, http: httpx2.AsyncClient, prefix: str, guard: str) -> None:
        self.http = http
        self.prefix = prefix
        self.guard = guard

    async def page(self, path: str = "", *, language: str = "en") -> str:
        """A page's content: entities resolved, sentences whole (`isolated` undone). Fails on anything but 200."""
        answer = await self.http.get(f"{self.prefix}/{language}{path}")
        assert answer.status_code == 200, (answer.status_code, answer.text[:2000])
        return re.sub(r'<bdi dir="ltr">([^<]*)</bdi>', r"\1", unescape(answer.text))

    async def press(
        self, path: str, *, language: str = "en", once: str | None = None, **fields: Any
    ) -> httpx2.Response:
        """Send a form of a page."""
        form = {"guard": self.guard, "once": once or secrets.token_urlsafe(8), **fields}
        return await self.http.post(f"{self.prefix}/{language}{path}", data=form)

    async def links(self, path: str) -> list[str]:
        """Every address a page links to within this door, without prefix and language."""
        return re.findall(rf'href="{self.prefix}/en(/[^"?]*)"', await self.page(path))


@asynccontextmanager
async def staff_browser(
    service: Service, api: FastAPI, mint: TokenMint, number: str, roles: dict[str, str]
) -> AsyncIterator[StaffBrowser]:
    """Signed in as the member of staff `number`, who from now on holds each of `roles` (role to office)."""
    async with service.database.transaction(Sight.system("test"), now=service.clock.now()) as session:
        for role, office in roles.items():
            await open_relation(session, role, number, office, service.clock.now())
    secret = service.settings.secret("ops-cookies")
    name = f"ops_{service.name}"
    cookie = SealedCookie(name, Cipher({"1": secret}, "1", secret), path="/", secure=False, longest_s=3600)
    now, guard, carrier = int(machine_now().timestamp()), secrets.token_urlsafe(8), Response()
    access = mint.token(number, kind="staff", client_id="ops", channel="office")
    session_of = {"access": access, "access_until": now + 300, "refresh": "r", "identity": "i", "guard": guard}
    cookie.put(carrier, {**session_of, "began": now, "seen": now})
    value = carrier.headers["set-cookie"].split(";")[0].partition("=")[2]
    transport = httpx2.ASGITransport(app=wrapped(api), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER, cookies={name: value}) as http:
        yield StaffBrowser(http, f"/ops/{service.name}", guard)
