"""`/account/contact`: how I am reached. A new mobile or e-mail counts when the code that went there has come back."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from chassis.authority import Principal
from chassis.database import Session
from chassis.refusals import Refusal, TooMany
from contracts.values import Email, Mobile
from identity.actions.change_mobile import ask_for_change, confirm_change, reserve_try
from identity.actions.enter_password import SIGHT
from identity.actions.prove_email import ask_for_email, confirm_email
from identity.api import pages
from identity.api.cookies import is_ours
from identity.api.forms import Beside, read_form, said_of
from identity.api.parts import IdentityDep
from identity.api.signed_in import Holder, holder_of, is_fresh, to_sign_in_first
from identity.api.views import ending_of
from identity.domain.freeze import is_frozen
from identity.wiring import Identity

router = APIRouter(include_in_schema=False)
PAGE = "/account/contact"
Field = Annotated[str, Form(max_length=512)]
# What a step was refused for, beside which field; nothing when it was done.
Step = Callable[[Session, Holder], Awaitable[Beside]]


class _NewEmail(BaseModel):
    email: Email


class _NewMobile(BaseModel):
    mobile: Mobile


@router.get(PAGE)
async def show_contact(request: Request, service: IdentityDep) -> Response:
    """My mobile and e-mail, and a form for either."""
    return await _show(service, request, "both")


@router.get(f"{PAGE}/email")
async def show_email_code(request: Request, service: IdentityDep) -> Response:
    """Ask for the code that went to the new address."""
    return await _show(service, request, "email")


@router.get(f"{PAGE}/mobile/{{change}}")
async def show_mobile_code(change: UUID, request: Request, service: IdentityDep) -> Response:
    """Ask for the code that went to the new mobile."""
    return await _show(service, request, "mobile", change=change)


@router.post(f"{PAGE}/email")
async def take_new_email(request: Request, service: IdentityDep, email: Field = "", csrf: Field = "") -> Response:
    """Send a code there."""
    body, beside = read_form(
        service, pages.language(request), _NewEmail, _typed(email=email), {"email": "page.contact_new_email"}
    )

    async def step(session: Session, holder: Holder) -> Beside:
        if body is None:
            return beside
        if body.email == holder.account.verified_email:
            return {"email": service.texts.say("page.fault_email_is_yours", pages.language(request))}
        await ask_for_email(service, session, _principal(holder), body.email)
        return {}

    return await _stepped(service, request, csrf, step, "both", f"{PAGE}/email", typed_email=email, needs_fresh=True)


@router.post(f"{PAGE}/email/confirm")
async def take_email_code(request: Request, service: IdentityDep, code: Field = "", csrf: Field = "") -> Response:
    """Take the address."""

    async def step(session: Session, holder: Holder) -> Beside:
        done = await confirm_email(service, session, _principal(holder), code)
        return {} if done else _wrong_code(service, request)

    return await _stepped(service, request, csrf, step, "email", f"{PAGE}?done=email")


@router.post(f"{PAGE}/mobile")
async def take_new_mobile(
    request: Request, service: IdentityDep, mobile: Field = "", password: Field = "", csrf: Field = ""
) -> Response:
    """Send a code there, if the password is right."""
    language = pages.language(request)
    body, beside = read_form(
        service, language, _NewMobile, _typed(mobile=mobile), {"mobile": "page.contact_new_mobile"}
    )
    begun: list[UUID] = []

    async def step(session: Session, holder: Holder) -> Beside:
        if body is None:
            return beside
        await reserve_try(service, session, holder.account.person)
        if not await service.passwords.verify(holder.account.password_hash, password):
            # Answered, not raised: the try that was spent must be committed.
            return {"password": service.texts.say("problem.password-wrong", language, "detail")}
        begun.append((await ask_for_change(service, session, _principal(holder), body.mobile)).id)
        return {}

    answer = await _stepped(service, request, csrf, step, "both", PAGE, typed_mobile=mobile)
    return RedirectResponse(f"{PAGE}/mobile/{begun[0]}", 303) if begun else answer


@router.post(f"{PAGE}/mobile/{{change}}/confirm")
async def take_mobile_code(
    change: UUID, request: Request, service: IdentityDep, code: Field = "", csrf: Field = ""
) -> Response:
    """Bind the mobile."""

    async def step(session: Session, holder: Holder) -> Beside:
        done = await confirm_change(service, session, _principal(holder), change, code)
        return {} if done else _wrong_code(service, request)

    return await _stepped(service, request, csrf, step, "mobile", f"{PAGE}?done=mobile", change=change)


def _typed(**fields: str) -> dict[str, str]:
    return {name: value.strip() for name, value in fields.items() if value.strip()}


def _principal(holder: Holder) -> Principal:
    """The holder at their own page, as the actions know callers."""
    return Principal(holder.account.person, holder.account.kind, str(holder.session.id), "")


def _wrong_code(service: Identity, request: Request) -> Beside:
    return {"code": service.texts.say("page.fault_registration_code", pages.language(request))}


async def _stepped(
    service: Identity,
    request: Request,
    csrf: str,
    step: Step,
    part: str,
    next_page: str,
    *,
    needs_fresh: bool = False,
    **words: Any,
) -> Response:
    """Do it for whoever is signed in here and go on, or show the form again with what is the matter."""
    if not is_ours(service, request, csrf):
        return await _show(service, request, part, fault="form_expired", status=400, **words)
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            holder = await holder_of(service, session, request)
            if holder is None or (needs_fresh and not is_fresh(service, holder)):
                return to_sign_in_first(PAGE)
            beside = await step(session, holder)
    except TooMany as many:
        return await _show(service, request, part, fault="wait", status=429, wait=many.retry_after or 1, **words)
    except Refusal as refused:
        field = "code" if part == "mobile" else "mobile"
        beside = {field: said_of(service, pages.language(request), refused)}
        return await _show(service, request, part, beside=beside, status=refused.status, **words)
    if beside:
        return await _show(service, request, part, beside=beside, status=422, **words)
    return RedirectResponse(next_page, 303)


async def _show(
    service: Identity,
    request: Request,
    part: str,
    *,
    fault: str = "",
    beside: Beside | None = None,
    status: int = 200,
    **words: Any,
) -> Response:
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        holder = await holder_of(service, session, request)
    if holder is None:
        return to_sign_in_first(PAGE)
    done = request.query_params.get("done", "")
    return pages.page(
        service,
        request,
        "contact",
        status=status,
        faults=[fault] if fault else [],
        beside=beside or {},
        step=part,
        mobile_ending=ending_of(holder.account.mobile),
        email=holder.account.verified_email,
        unproved=holder.account.email if holder.account.verified_email is None else None,
        frozen_until=holder.account.frozen_until
        if is_frozen(holder.account.frozen_until, service.clock.now())
        else None,
        done=done if done in ("email", "mobile") and not fault else "",
        **{"change": "", "typed_email": "", "typed_mobile": ""} | words,
    )
