"""`/register`: asking for an account on plain pages; citizens and residents by number, visitors by what they have."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from chassis.database import Sight
from chassis.refusals import TooMany, Unavailable
from identity.actions.activate_self import activate_self
from identity.actions.confirm import PasswordNotGood, check_password, confirm
from identity.actions.limit import Limit, take
from identity.actions.register import Passport, register
from identity.api import pages
from identity.api.cookies import is_ours
from identity.api.forms import Beside, read_form, weak_password
from identity.api.parts import IdentityDep, source_of
from identity.api.schemas import NewAccount, NewVisitor
from identity.domain.account import Kind, Status
from identity.models import Account
from identity.queries import open_registration
from identity.wiring import Identity

router = APIRouter(include_in_schema=False)
PAGE = "/register"
VISITORS = f"{PAGE}/visitor"
SIGHT = Sight.system("registration")
Field = Annotated[str, Form(max_length=512)]
_HOUR = 3_600
_PASSPORT = ("passport_number", "passport_nationality", "passport_born_on")
_CONTACT = {"mobile": "page.register_mobile", "email": "page.register_email_name"}
_OF_PERSON = {"number": "page.number", **_CONTACT}
_OF_VISITOR = {
    "passport_number": "page.register_passport_number",
    "passport_nationality": "page.register_nationality",
    "passport_born_on": "page.register_born_on",
    "border_number": "page.register_border_number",
    **_CONTACT,
}
_EMPTY = dict.fromkeys((*_OF_PERSON, *_OF_VISITOR), "")


@router.get(PAGE)
async def show_registration(request: Request, service: IdentityDep) -> Response:
    """Ask a citizen or a resident for number and mobile."""
    return _page(service, request, "person")


@router.get(VISITORS)
async def show_visitors_registration(request: Request, service: IdentityDep) -> Response:
    """Ask a visitor for border number or passport, and for the mobile."""
    return _page(service, request, "visitor")


@router.post(PAGE)
async def take_registration(
    request: Request, service: IdentityDep, number: Field = "", mobile: Field = "", email: Field = "", csrf: Field = ""
) -> Response:
    """Ask for the code next, whoever it is."""
    typed = {"number": number, "mobile": mobile, "email": email}
    if not is_ours(service, request, csrf):
        return _page(service, request, "person", fault="form_expired", status=400, typed=typed)
    language = pages.language(request)
    body, beside = read_form(service, language, NewAccount, _filled(typed), _OF_PERSON)
    if body is None:
        return _page(service, request, "person", beside=beside, status=422, typed=typed)
    return await _registered(
        service, request, "person", typed, person=body.number, mobile=body.mobile, email=body.email
    )


@router.post(VISITORS)
async def take_visitors_registration(
    request: Request,
    service: IdentityDep,
    border_number: Field = "",
    passport_number: Field = "",
    passport_nationality: Field = "",
    passport_born_on: Field = "",
    mobile: Field = "",
    email: Field = "",
    csrf: Field = "",
) -> Response:
    """The same for a visitor: what their passport says may stand in for a border number."""
    said = dict(zip(_PASSPORT, (passport_number, passport_nationality, passport_born_on), strict=True))
    typed = {"border_number": border_number, **said, "mobile": mobile, "email": email}
    if not is_ours(service, request, csrf):
        return _page(service, request, "visitor", fault="form_expired", status=400, typed=typed)
    given: dict[str, Any] = _filled({"border_number": border_number, "mobile": mobile, "email": email})
    if passport := _filled({name.removeprefix("passport_"): value for name, value in said.items()}):
        given["passport"] = passport
    body, beside = read_form(service, pages.language(request), NewVisitor, given, _OF_VISITOR)
    if body is None:
        return _page(service, request, "visitor", beside=beside, status=422, typed=typed)
    said_by = body.passport
    return await _registered(
        service,
        request,
        "visitor",
        typed,
        person=body.border_number or "",
        mobile=body.mobile,
        email=body.email,
        passport=Passport(said_by.number, said_by.nationality, said_by.born_on.isoformat()) if said_by else None,
    )


@router.post(f"{PAGE}/confirm")
async def take_confirmation(
    request: Request,
    service: IdentityDep,
    registration: Field = "",
    code: Field = "",
    password: Field = "",
    csrf: Field = "",
) -> Response:
    """Set the password by the code that came; say what is next."""
    try:
        wanted = UUID(registration)
    except ValueError:
        return _page(service, request, "person", status=422)
    if not is_ours(service, request, csrf):
        return _page(service, request, "code", fault="form_expired", status=400, registration=wanted)
    try:
        account = await _confirmed(service, wanted, code, password, source_of(request))
    except TooMany as many:
        return _page(
            service, request, "code", fault="wait", status=429, wait=many.retry_after or 1, registration=wanted
        )
    except PasswordNotGood as weak:
        beside = weak_password(service, pages.language(request), weak)
        return _page(service, request, "code", beside=beside, status=422, registration=wanted)
    except Unavailable:
        return _page(service, request, "code", fault="busy", status=503, registration=wanted)
    if account is None:
        beside = {"code": service.texts.say("page.fault_registration_code", pages.language(request))}
        return _page(service, request, "code", beside=beside, status=422, registration=wanted)
    step = "active" if account.status == Status.ACTIVE else "waiting"
    return _page(service, request, step, is_visitor=account.kind == Kind.VISITOR)


async def _registered(service: Identity, request: Request, step: str, typed: dict[str, str], **wishes: Any) -> Response:
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            registration = await register(
                service, session, language=pages.language(request), source=source_of(request), **wishes
            )
    except TooMany as many:
        return _page(service, request, step, fault="wait", status=429, wait=many.retry_after or 1, typed=typed)
    return _page(service, request, "code", registration=registration.id)


async def _confirmed(service: Identity, wanted: UUID, code: str, password: str, source: str) -> Account | None:
    """Raises TooMany, PasswordNotGood, or Unavailable when too many passwords are being hashed."""
    most = service.rules().number("identity.registration.most_confirmations")
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        limit = Limit("confirmation", source, [(_HOUR, most)])
        wait = await take(service, session, [limit], service.clock.now())
        opened = await open_registration(session, wanted, service.clock.now())
    if wait:
        raise TooMany(retry_after=wait)
    check_password(service, password, opened.person if opened else "")
    password_hash = await service.passwords.hash(password)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        registration = await open_registration(session, wanted, service.clock.now())
        account = await confirm(service, session, wanted, code, password_hash)
        if account is not None and registration is not None and registration.proved_by_passport:
            await activate_self(service, session, account, registration)
    return account


def _filled(typed: dict[str, str]) -> dict[str, str]:
    """What was left empty was not said."""
    return {name: value.strip() for name, value in typed.items() if value.strip()}


def _page(
    service: Identity,
    request: Request,
    step: str,
    *,
    fault: str = "",
    beside: Beside | None = None,
    status: int = 200,
    **words: Any,
) -> Response:
    shown: dict[str, Any] = {"registration": "", "is_visitor": False} | words
    shown["typed"] = _EMPTY | shown.get("typed", {})
    faults = [fault] if fault else []
    return pages.page(
        service, request, "register", status=status, faults=faults, beside=beside or {}, step=step, **shown
    )
