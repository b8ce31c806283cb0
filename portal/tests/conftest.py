"""A gateway that speaks the contract's wire, with its provider, and a browser before the portal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from chassis.testing.provider import Provider
from chassis.testing.tokens import ISSUER, TokenMint
from portal.app import create_portal
from portal.settings import PortalSettings


@dataclass
class Gateway(Provider):
    """What the portal may know of the world: `/oauth/*` and `/v1/*` on one address."""

    lists: dict[str, Any] = field(default_factory=dict)
    refusals: dict[str, Any] = field(default_factory=dict)

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        if self.down or request.url.path.startswith("/oauth/"):
            return await super().handle(request)
        self.asked.append(request)
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return httpx2.Response(401)
        if request.method == "POST" and (refusal := self.refusals.get(request.url.path)):
            return httpx2.Response(409, json=refusal)
        answer = self.lists.get(request.url.path, {"items": []})
        return httpx2.Response(answer) if isinstance(answer, int) else httpx2.Response(200, json=answer)


@pytest.fixture
def gateway(mint: TokenMint) -> Gateway:
    return Gateway(mint)


@pytest_asyncio.fixture
async def browser(gateway: Gateway) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser before the portal, not signed in."""
    app = create_portal(PortalSettings(environment="test", public_url=ISSUER), gateway.client())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ISSUER) as client:
        yield client


async def sign_in(browser: httpx2.AsyncClient, gateway: Gateway, language: str = "ar") -> httpx2.Response:
    """Go through the whole redirect; the answer that lands the browser at home."""
    sent = await browser.get(f"/{language}/sign-in")
    assert sent.status_code == 303
    return await browser.get(gateway.authorise(sent.headers["location"]))
