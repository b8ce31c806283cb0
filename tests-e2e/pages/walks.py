"""Where the walk leads: what anybody sees, what a person sees, and every page of every operators' door."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from journeys.world import World
from playwright.async_api import BrowserContext

from pages.people import SMALL_HOURS_S, Visitor, opened, sign_in_person, sign_in_staff

See = Callable[[Visitor, str], Awaitable[None]]
SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support")
STAFF = ("clerk", "officer", "operator", "administrator")
LANGUAGES = ("ar", "en")
NEW_NUMBER, NEW_MOBILE = "1000000107", "+966507654329"
_OPS_LINK = re.compile(r"/ops/[a-z]+/(?:ar|en)(/[^?#]*)?$")


async def as_anybody(visitor: Visitor, see: See, language: str) -> None:
    """Everything before a sign-in, filled, empty and refused."""
    for path in ("", "/signed-out", "/nothing-here"):
        await visitor.go(f"/{language}{path}")
        await see(visitor, f"portal{path or '/door'}")
    said = f"?lang={language}"
    for path in ("/sign-in", "/recover", "/recover/undo", "/register", "/register/visitor", "/authorisation-check"):
        await visitor.go(path + said)
        await see(visitor, path)
    for path in ("/docs", "/ops"):
        await visitor.go(path + said)
        await see(visitor, path)
    await visitor.go(f"/activation/no-such-link{said}")
    await see(visitor, "/activation/gone")
    await _refused(visitor, see)


async def _refused(visitor: Visitor, see: See) -> None:
    """Forms with everything the matter."""
    await visitor.go("/sign-in")
    await visitor.press("/sign-in", number="12", password="x")
    await see(visitor, "/sign-in refused")
    await visitor.go("/register")
    await visitor.press("/register", number="12", mobile="12")
    await see(visitor, "/register refused")
    await visitor.go("/register/visitor")
    await visitor.press("/register/visitor", border_number="12", passport_number="x", mobile="12")
    await see(visitor, "/register/visitor refused")
    await visitor.go("/recover")
    await visitor.press("/recover", number="12", mobile="12")
    await see(visitor, "/recover refused")
    await visitor.go("/recover/undo")
    await visitor.press("/recover/undo", word="nothing")
    await see(visitor, "/recover/undo refused")
    await visitor.go("/authorisation-check")
    await visitor.press("/authorisation-check", reference="AUT-1", grantee_last4="12")
    await see(visitor, "/authorisation-check refused")
    await visitor.go("/recover")
    await visitor.press("/recover", number=NEW_NUMBER, mobile=NEW_MOBILE)
    await see(visitor, "/recover code")
    await visitor.press("/recover/password", code="000000", document="A1234567", password="short")
    await see(visitor, "/recover code refused")


async def registering(visitor: Visitor, see: See, language: str, number: str, mobile: str) -> None:
    """A citizen asks for an account, to its end."""
    known = len(await visitor.world.outside.texts(mobile))
    await visitor.go(f"/register?lang={language}")
    await visitor.press("/register", number=number, mobile=mobile)
    await see(visitor, "/register code")
    code = await visitor.code_to(mobile, known)
    await visitor.press("/register/confirm", code=code, password="short")
    await see(visitor, "/register code refused")
    await visitor.press("/register/confirm", code=code, password="Open-7-it")
    await see(visitor, "/register waiting")


async def granted(world: World) -> str:
    """An authorisation that stands accepted; its number."""
    sponsor, citizen = await world.person("sponsor"), await world.person("household-head")
    number, mobile = world.sign_ins["household-head"]["number"], world.sign_ins["sponsor"]["mobile"]
    await world.outside.move_clock(SMALL_HOURS_S)
    known = len(await world.outside.texts(mobile))
    wish = {
        "grantee": number,
        "grantee_born_on": (await world.outside.person(number))["born_on"],
        "service": "iqama_renewal",
        "ends_on": (date.today() + timedelta(days=30)).isoformat(),  # noqa: DTZ011 - any day well ahead will do
    }
    made = await sponsor.post("/v1/authorisations", wish)
    code = await world.outside.code(mobile, known)
    await sponsor.post(f"/v1/authorisations/{made['id']}/confirm", {"code": code})
    await citizen.post(f"/v1/authorisations/{made['id']}/accept")
    return str(made["reference"])


async def checked(visitor: Visitor, see: See, language: str, reference: str) -> None:
    """Anybody checks its paper."""
    ending = visitor.world.sign_ins["household-head"]["number"][-4:]
    await visitor.go(f"/authorisation-check?lang={language}")
    await visitor.press("/authorisation-check", reference=reference, grantee_last4=ending)
    assert await visitor.page.locator("main .health:not(.bad)").count() == 1
    await see(visitor, "/authorisation-check in force")


async def as_person(visitor: Visitor, see: See, language: str, world: World, role: str) -> None:
    """The portal and the account pages of somebody signed in."""
    known = world.sign_ins[role]
    await visitor.go(f"/{language}/sign-in")
    if "/sign-in" in visitor.page.url:
        await sign_in_person(visitor, known["number"], known["password"], known["mobile"])
    for path in ("/home", "/record-access", "/consents", "/authorisations"):
        await visitor.go(f"/{language}{path}")
        await see(visitor, f"portal{path} {role}")
    paper = visitor.page.locator("a[href$='/paper']")
    if await paper.count():
        await visitor.go(str(await paper.first.get_attribute("href")))
        await see(visitor, f"portal/paper {role}")
    said = f"?lang={language}"
    for path in ("/account/contact", "/account/contact/email", "/account/proofs", "/account/proofs/totp"):
        await visitor.go(path + said)
        await see(visitor, path)
    await visitor.go(f"/account/contact{said}")
    await visitor.press("/account/contact/email", email="nobody@nowhere")
    await see(visitor, "/account/contact refused")
    for path in ("/account/sessions", "/device", "/sign-out"):
        await visitor.go(path + said)
        await see(visitor, path)
    await visitor.press("/sign-out")
    await see(visitor, "/sign-out done")


async def as_staff(context: BrowserContext, see: See, world: World, role: str) -> int:
    """Every page of every door this member of staff may enter, one record of each list; how many pages."""
    known, visitor, seen = world.sign_ins[role], await opened(context, world), 0
    await visitor.go("/sign-in?lang=en")
    await sign_in_staff(visitor, known["number"], known["password"], known["totp_secret"])
    for service in SERVICES:
        for language in LANGUAGES:
            seen += await _door(visitor, see, f"/ops/{service}/{language}", role)
    await visitor.page.close()
    return seen


async def _door(visitor: Visitor, see: See, door: str, role: str) -> int:
    todo, done = [door], set()
    kinds = set()
    while todo:
        path = todo.pop(0)
        if path in done:
            continue
        done.add(path)
        if await visitor.go(path) == 403 and path == door:
            return 0
        await see(visitor, f"{path.replace(door, door[: -len('/ar')])} {role}")
        hrefs = await visitor.page.eval_on_selector_all("a[href]", "all => all.map(each => each.getAttribute('href'))")
        for href in hrefs:
            # One record of each list: the others look alike.
            kind = re.sub(r"/[0-9a-f-]{36}", "/…", href)
            if href.startswith(f"{door}/") and _OPS_LINK.search(href) and kind not in kinds:
                kinds.add(kind)
                todo.append(href)
    return len(done)
