"""Pages of the simulators for people: bank, telephones, mailboxes, courier. No script; Arabic and English."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from chassis.catalogue import Texts
from chassis.clock import RIYADH
from contracts.values import fold_digits
from partners.simulators.bank import DuesPayment, NewDeposit, deposit, pay_dues
from partners.simulators.courier import Courier
from partners.simulators.households import CITIZEN, number_at
from partners.simulators.magic import table
from partners.simulators.mailbox import letters_to
from partners.simulators.pages.items import items_of
from partners.simulators.payments import MOST_MINOR
from partners.simulators.telephones import texts_to
from partners.simulators.world import Refuses, World

SERVICES = ("37", "36", "35", "3", "4", "5", "54")
SCANS = (
    "in_transit",
    "at_branch",
    "out_for_delivery",
    "attempted",
    "delivered",
    "returned_to_source",
    "lost",
    "old_document_returned",
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_MINOR_IN_RIYAL = 100
_EXAMPLE_BLOCK = 1_000

Field = Annotated[str, Form()]


class Pages:
    """Draws a page in one language. Every text a person reads comes from the catalogue."""

    def __init__(self, world: World, texts: Texts) -> None:
        self._world = world
        self._texts = texts
        self._templates = Environment(
            loader=PackageLoader("partners.simulators.pages", "."), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters["instant"] = _instant
        self._templates.filters["riyals"] = riyals

    def draw(self, name: str, lang: str, **shown: Any) -> HTMLResponse:
        language = "en" if lang == "en" else "ar"

        def say(key: str, **words: Any) -> str:
            return self._texts.say(key, language, **words)

        template = self._templates.get_template(f"{name}.html")
        page = template.render(
            say=say,
            lang=language,
            other="ar" if language == "en" else "en",
            direction="ltr" if language == "en" else "rtl",
            name=name,
            now=self._world.clock.now(),
            **shown,
        )
        return HTMLResponse(page, headers=_HEADERS)


def routes(world: World, texts: Texts, courier: Courier) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    pages = Pages(world, texts)

    @router.get("/style.css")
    async def style() -> Response:
        css = resources.files("partners.simulators.pages").joinpath("style.css").read_bytes()
        return Response(css, media_type="text/css")

    @router.get("/")
    async def home(lang: str = "ar") -> HTMLResponse:
        rows = [(row, number_at(CITIZEN, _EXAMPLE_BLOCK + int(row.code), 0)) for row in table().person]
        return pages.draw("home", lang, rows=rows)

    @router.get("/phones")
    async def phones(lang: str = "ar") -> HTMLResponse:
        return pages.draw("phones", lang, texts=list(reversed(await texts_to(world))))

    @router.get("/mailbox")
    async def mailbox(lang: str = "ar") -> HTMLResponse:
        return pages.draw("mailbox", lang, letters=list(reversed(await letters_to(world))))

    _bank_routes(router, world, texts, pages)
    _courier_routes(router, world, pages, courier)
    return router


def _bank_routes(router: APIRouter, world: World, texts: Texts, pages: Pages) -> None:
    @router.get("/bank")
    async def bank(lang: str = "ar") -> HTMLResponse:
        return pages.draw("bank", lang, services=SERVICES, said=None)

    @router.post("/bank")
    async def at_the_bank(
        person: Field, act: Field = "deposit", service_code: Field = "37", amount: Field = "", lang: str = "ar"
    ) -> HTMLResponse:
        number = fold_digits(person).strip()
        try:
            said = await _bank_act(world, texts, number, act, service_code, amount)
        except Refuses as no:
            said = (f"bank-refused-{no.slug}", {})
        return pages.draw("bank", lang, services=SERVICES, said=said)


async def _bank_act(
    world: World, texts: Texts, person: str, act: str, service_code: str, amount: str
) -> tuple[str, dict[str, Any]]:
    """Do what the form asks; the answer is a text's key and words."""
    if act in ("dues", "levy"):
        paid = await pay_dues(world, texts, DuesPayment.model_validate({"person": person, "what": act}))
        return "bank-dues-paid", {"count": paid.paid}
    made = await deposit(
        world,
        NewDeposit.model_validate({"person": person, "service_code": service_code, "amount_minor": minor_of(amount)}),
    )
    words = {"amount": riyals(made.amount_minor), "available": riyals(made.available_minor)}
    return "bank-deposited", {**words, "reference": made.reference}


def _courier_routes(router: APIRouter, world: World, pages: Pages, courier: Courier) -> None:
    @router.get("/courier")
    async def items(lang: str = "ar") -> HTMLResponse:
        return pages.draw("courier", lang, items=await items_of(world), scans=SCANS)

    @router.post("/courier")
    async def scan(
        s10: Field, kind: Field, code: Field = "", old_document: Field = "", lang: str = "ar"
    ) -> HTMLResponse:
        if kind in SCANS:
            await courier.scan(s10, kind, fold_digits(code).strip() or None, old_document.strip() or None)  # type: ignore[arg-type]
        return pages.draw("courier", lang, items=await items_of(world), scans=SCANS)


def minor_of(amount: str) -> int:
    """Riyals as people write them, in minor units. Raises Refuses `amount`."""
    try:
        minor = Decimal(fold_digits(amount).strip().replace("٫", ".")) * _MINOR_IN_RIYAL
    except InvalidOperation:
        raise Refuses("amount", status=422) from None
    if not minor.is_finite() or not 0 < minor <= MOST_MINOR or minor != minor.to_integral_value():
        raise Refuses("amount", status=422)
    return int(minor)


def riyals(minor: int) -> str:
    return f"{minor // _MINOR_IN_RIYAL}.{minor % _MINOR_IN_RIYAL:02d}"


def _instant(instant: datetime) -> str:
    return instant.astimezone(RIYADH).strftime("%Y-%m-%d %H:%M")
