"""`make pages`: every public, account, portal and operators' page in Chromium, in Arabic and English, at 320 and 1280 pixels.

python tests-e2e/pages/run.py               all of it
python tests-e2e/pages/run.py --only desk   a clerk's activation alone: its steps and seconds
Axe may find nothing, our own rules nothing, the browser nothing to complain of. Pictures stay in .run/pages. Ends with one
JSON line. Needs Chromium: an installed one, else Debian's, unpacked into .run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import demo
from journeys import account
from journeys.outside import Outside
from journeys.telling import Teller
from journeys.world import World
from playwright.async_api import Browser, async_playwright

from deploy.embedded.children import free_port
from deploy.embedded.platform import running
from pages import desk, walks
from pages.looking import Looked, axe_source, look, violations
from pages.people import Visitor, opened
from tools.servers.fetching import find_or_fetch

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / ".run" / "pages"
PARTS = ("desk", "anybody", "people", "staff")
PEOPLE = ("newcomer", "sponsor")


async def main(parts: list[str]) -> int:
    """Walk; 0 when nothing was wrong."""
    began, looked = time.monotonic(), Looked(PICTURES)
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    found = find_or_fetch("chromium", print)
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        async with running(Path(folder), public_port=free_port(), say=print) as platform, async_playwright() as player:
            browser = await player.chromium.launch(
                executable_path=str(found.path), args=["--no-sandbox"], env=found.environment or None
            )
            sign_ins = {each["role"]: each for each in platform.sign_ins}
            world = World(platform.public_url, Outside(platform.simulators_url), sign_ins, Teller(quiet=True))
            try:
                told = await _walk(browser, world, looked, parts)
            finally:
                await world.close()
                await browser.close()
    for each in looked.wrong:
        print(f"wrong: {each}")
    summary = {"pages": looked.pages, "looks": looked.looks, "wrong": len(looked.wrong), **told}
    print(json.dumps(summary | {"seconds": round(time.monotonic() - began, 1)}))
    return 1 if looked.wrong else 0


async def _walk(browser: Browser, world: World, looked: Looked, parts: list[str]) -> dict[str, Any]:
    axe, told = axe_source(), {}
    await _is_seen(browser, world, axe)

    async def see(visitor: Visitor, name: str) -> None:
        await look(visitor.page, looked, axe, name)
        looked.wrong += [f"{name}: {each}" for each in visitor.complaints]
        visitor.complaints.clear()

    if {"people", "staff"} & set(parts):
        await demo.play(world, [])
        looked.wrong += world.teller.failed
        # Whose request went all the way: officers looked at their record, and there are messages.
        known = {"number": account.NUMBER, "password": account.PASSWORD, "mobile": account.MOBILE}
        world.sign_ins["newcomer"] = known
    reference = await walks.granted(world) if "people" in parts else ""
    for language in walks.LANGUAGES:
        context = await browser.new_context(locale=language)
        visitor = await opened(context, world)
        if "anybody" in parts:
            await walks.as_anybody(visitor, see, language)
        if reference:
            await walks.checked(visitor, see, language, reference)
        for role in PEOPLE if "people" in parts else ():
            await walks.as_person(visitor, see, language, world, role)
        await context.close()
    if "desk" in parts:
        told["activation"] = await desk.timed(browser, world, see)
    for role in walks.STAFF if "staff" in parts else ():
        context = await browser.new_context()
        await walks.as_staff(context, see, world, role)
        await context.close()
    return told


async def _is_seen(browser: Browser, world: World, axe: str) -> None:
    """A fault planted in a page is found: what finds nothing must be able to. Raises AssertionError."""
    page = await browser.new_page()
    await page.goto(f"{world.gateway}/en")
    await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input><img src=\"data:,\">')")
    found = {rule for rule, _, _ in await violations(page, axe)}
    assert {"label", "image-alt"} <= found, found
    await page.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make pages", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="walk this part only")
    sys.exit(asyncio.run(main(parser.parse_args().only or list(PARTS))))
