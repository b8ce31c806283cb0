"""A real browser signs in: by password and text, then by a passkey of its own (virtual) authenticator, in both languages.

Looked at on a telephone of 360 pixels: nothing is cut off, every field has a label, the policy refuses nothing we need.
"""

import asyncio
import contextlib
import importlib.util
import re
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import async_playwright

from deploy.embedded.children import LOOPBACK, free_port
from identity.seeds import HOLDERS, PASSWORD, seed
from tools.servers.fetching import find_or_fetch

HEAD = HOLDERS[0]
HOUSE = Path(__file__).resolve().parents[1] / "svc-identity" / "tests" / "conftest.py"
PROOFS, SESSIONS = "/account/proofs", "/account/sessions"
_PATIENCE_MS = 60_000
_UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden])")]
    .filter((each) => !each.labels.length).map((each) => each.name)"""
_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def _house():
    """Identity with its bodies, as its own tests open it."""
    spec = importlib.util.spec_from_file_location("identity_house", HOUSE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@contextlib.asynccontextmanager
async def served(databases, folder):
    """Identity on a port of its own, under the name browsers trust with passkeys."""
    port = free_port()
    origin = f"http://localhost:{port}"
    async with _house().opened(databases, folder, public_url=origin) as house:
        await seed(house.service)
        server = uvicorn.Server(uvicorn.Config(house.app, LOOPBACK, port, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        try:
            yield house, origin
        finally:
            server.should_exit = True
            await serving


class Telephone:
    """One page of one browser, and everything it complained of."""

    def __init__(self, page, origin, language):
        self.page, self.origin, self.language, self.complaints = page, origin, language, []
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def go(self, path):
        await self.page.goto(f"{self.origin}{path}")
        await self.look()

    async def reach(self, path):
        await self.page.wait_for_url(f"**{path}")
        await self.look()

    async def look(self):
        """What must be true of every page."""
        direction = "rtl" if self.language == "ar" else "ltr"
        assert await self.page.get_attribute("html", "dir") == direction
        widths = await self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], self.page.url
        assert await self.page.evaluate(_UNLABELLED) == [], self.page.url


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_browser_adds_a_passkey_and_signs_in_with_it(databases, tmp_path, language):
    found = find_or_fetch("chromium", print)
    async with served(databases, tmp_path) as (house, origin), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(found.path), args=["--no-sandbox"], env=found.environment or None
        )
        context = await browser.new_context(viewport={"width": 360, "height": 740}, locale=language)
        page = await context.new_page()
        devices = await context.new_cdp_session(page)
        await devices.send("WebAuthn.enable")
        await devices.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
        telephone = Telephone(page, origin, language)
        await _by_text(house, telephone)
        await page.fill("#name", "جوالي")
        await page.click("form[data-passkey] button")
        await telephone.reach(f"{PROOFS}?done=1")
        assert "جوالي" in await page.inner_text("main")
        await telephone.go(f"{PROOFS}/totp")
        await telephone.go("/sign-out")
        await page.click("main button")
        await telephone.go(f"/sign-in?next={SESSIONS}")
        await page.click("form[data-passkey] button")
        await telephone.reach(SESSIONS)
        assert await page.locator(".state.good").count() == 1
        house.service.clock.advance(timedelta(minutes=16))
        await _password(telephone)
        assert await page.locator("#code").count() == 0, "no text was sent: the passkey is asked for first"
        await page.click("form[data-passkey] button")
        await telephone.reach(PROOFS)
        assert telephone.complaints == []
        await browser.close()


async def _by_text(house, telephone):
    known = len(await house.codes(HEAD.mobile))
    await _password(telephone)
    await telephone.page.fill("#code", await house.code_to(HEAD.mobile, known))
    await telephone.page.click("form[action='/sign-in/code'] button")
    await telephone.reach(PROOFS)


async def _password(telephone):
    await telephone.go(f"/sign-in?lang={telephone.language}&next={PROOFS}")
    await telephone.page.fill("#number", HEAD.number)
    await telephone.page.fill("#password", PASSWORD)
    await telephone.page.click("form[action='/sign-in'] button")
    await telephone.page.wait_for_url(re.compile(r"/sign-in/code$"))
    await telephone.look()
