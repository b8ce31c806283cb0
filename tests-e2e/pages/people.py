"""People before a browser: signed in through the pages, by what comes to their telephone or what their authenticator shows."""

from __future__ import annotations

import re

from journeys.caller import Authenticator
from journeys.world import World
from playwright.async_api import BrowserContext, Page

PATIENCE_MS = 60_000
SMALL_HOURS_S = 1_200  # past the waits between texts to one mobile


class Visitor:
    """One page of one browser, and everything it complained of."""

    def __init__(self, page: Page, world: World) -> None:
        self.page, self.world = page, world
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)

    async def go(self, path: str) -> int:
        """Open a page; its status."""
        answer = await self.page.goto(f"{self.world.gateway}{path}")
        return answer.status if answer else 0

    async def press(self, form: str, **fields: str) -> None:
        """Fill a form in and send it."""
        for name, value in fields.items():
            await self.page.fill(f"form[action='{form}'] [name='{name}']", value)
        async with self.page.expect_navigation():
            await self.page.click(f"form[action='{form}'] button[type=submit]")

    async def code_to(self, mobile: str, after: int) -> str:
        return await self.world.outside.code(mobile, after)


async def opened(context: BrowserContext, world: World) -> Visitor:
    return Visitor(await context.new_page(), world)


async def sign_in_person(visitor: Visitor, number: str, password: str, mobile: str) -> None:
    """Password and the code that comes by text."""
    await visitor.world.outside.move_clock(SMALL_HOURS_S)
    known = len(await visitor.world.outside.texts(mobile))
    await visitor.press("/sign-in", number=number, password=password)
    await visitor.press("/sign-in/code", code=await visitor.code_to(mobile, known))


async def sign_in_staff(visitor: Visitor, number: str, password: str, secret: str) -> None:
    """Password and what the authenticator shows; one that was shown before is waited out."""
    shown = Authenticator(secret)
    for _ in range(3):
        await visitor.press("/sign-in", number=number, password=password)
        await visitor.press("/sign-in/code", code=await shown.code())
        if not re.search(r"/sign-in/code$", visitor.page.url):
            return
        await visitor.go("/sign-in?lang=en")
    raise RuntimeError(f"{number} could not sign in")
