"""`/sign-in` and `/sign-out`: plain forms, one step a page; a redirect leads from each to the next."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import machine_now
from chassis.refusals import Unavailable
from contracts.values import fold_digits, is_border_number, is_person_number
from identity.actions.end_session import end_session
from identity.actions.enter_code import Entered, browser_index, enter_code, send_another
from identity.actions.enter_passkey import enter_passkey
from identity.actions.enter_password import SIGHT, Answer, Said, Try, enter_password
from identity.actions.open_session import session_digest
from identity.actions.passkeys import PasskeyRefused, passkeys_of
from identity.api import pages
from identity.api.cookies import SESSION, browser_of, forget_session, is_ours, keep_device, keep_session, visit_of
from identity.api.parts import IdentityDep
from identity.api.passkey_options import to_sign_in
from identity.queries import open_sign_in, session_by_digest
from identity.wiring import Identity

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=512)]
Next = Annotated[str, Form(max_length=4096)]
_STATUS = {Said.NOT_RIGHT: 422, Said.WAIT: 429}
_STAFF_PREFIX = "S-"
Answered = Annotated[str, Form(max_length=16_384)]


@router.get("/sign-in/static/{mark}/{name}")
async def serve_asset(request: Request) -> Response:
    return await pages.assets().serve(request)


@router.get("/sign-in")
async def show_sign_in(request: Request, service: IdentityDep) -> Response:
    """Ask for a number and a password."""
    return await _ask_password(service, request, request.query_params.get("next", ""))


@router.post("/sign-in")
async def take_password(
    request: Request, service: IdentityDep, number: Field = "", password: Field = "", next: Next = "", csrf: Field = ""
) -> Response:
    """Check them; lead on to the second proof, or show the form again with what is the matter."""
    if not is_ours(service, request, csrf):
        return await _ask_password(service, request, next, fault="form_expired", status=400)
    person = fold_digits(number).strip().upper()
    if not password or not (is_person_number(person) or is_border_number(person) or person.startswith(_STAFF_PREFIX)):
        return await _ask_password(service, request, next, fault="number_not_valid", number=number, status=422)
    visit = visit_of(request)
    attempt = Try(
        person,
        password,
        visit.browser,
        pages.safe_next(next),
        pages.language(request),
        visit.source,
        visit.device,
    )
    try:
        answer = await enter_password(service, attempt)
    except Unavailable as busy:
        shown = await _ask_password(service, request, next, fault="busy", number=number, status=503)
        shown.headers["Retry-After"] = str(busy.retry_after or 1)
        return shown
    if answer.said is Said.GO_ON:
        return RedirectResponse("/sign-in/code", 303)
    return await _ask_password(service, request, next, fault=answer.said, number=number, answer=answer)


@router.get("/sign-in/code")
async def show_code(request: Request, service: IdentityDep) -> Response:
    """Ask for the second proof of the sign-in this browser has begun."""
    return await _ask_code(service, request)


@router.post("/sign-in/code")
async def take_code(request: Request, service: IdentityDep, code: Field = "", csrf: Field = "") -> Response:
    """Check it; a right one opens the session and leads to where the person wanted to go."""
    if not is_ours(service, request, csrf):
        return await _ask_code(service, request, fault="form_expired", status=400)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        entered = await enter_code(service, session, visit_of(request), code)
    if entered is None:
        return RedirectResponse("/sign-in", 303)
    if entered.said is not Said.GO_ON:
        return await _ask_code(service, request, fault=f"code_{entered.said}", status=422)
    return await _signed_in(service, request, entered)


@router.post("/sign-in/passkey")
async def take_passkey(
    request: Request, service: IdentityDep, answer: Answered = "", next: Next = "", csrf: Field = ""
) -> Response:
    """Check a passkey's answer: it opens a session by itself, or completes the sign-in this browser has begun."""
    if not is_ours(service, request, csrf):
        return await _ask_password(service, request, next, fault="form_expired", status=400)
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            entered = await enter_passkey(service, session, visit_of(request), answer, pages.safe_next(next))
    except PasskeyRefused:
        return await _ask_password(service, request, next, fault="passkey_refused", status=422)
    return await _signed_in(service, request, entered)


@router.post("/sign-in/code/again")
async def take_again(request: Request, service: IdentityDep, csrf: Field = "") -> Response:
    """Send the code once more."""
    if not is_ours(service, request, csrf):
        return await _ask_code(service, request, fault="form_expired", status=400)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        answer = await send_another(service, session, browser_of(request))
    if answer is None:
        return RedirectResponse("/sign-in", 303)
    if answer.said is not Said.GO_ON:
        status = _STATUS.get(answer.said, 403)
        return await _ask_code(service, request, fault=str(answer.said), status=status, answer=answer)
    return RedirectResponse("/sign-in/code?sent=again", 303)


@router.get("/sign-out")
async def show_sign_out(request: Request, service: IdentityDep) -> Response:
    """Ask whether to sign out: a link alone signs nobody out."""
    return pages.page(service, request, "sign_out", done=not request.cookies.get(SESSION))


@router.post("/sign-out")
async def take_sign_out(request: Request, service: IdentityDep, csrf: Field = "") -> Response:
    """End this browser's session and its tokens."""
    if not is_ours(service, request, csrf):
        return pages.page(service, request, "sign_out", done=False, status=400)
    await end_browsers_session(service, request)
    response = pages.page(service, request, "sign_out", done=True)
    forget_session(response)
    return response


async def _signed_in(service: Identity, request: Request, entered: Entered) -> Response:
    assert entered.opened is not None
    await end_browsers_session(service, request)
    response = RedirectResponse(entered.next, 303)
    keep_session(service, response, entered.opened.token)
    keep_device(service, response, entered.opened.device)
    return response


async def end_browsers_session(service: Identity, request: Request) -> None:
    """End the session this browser's cookie names, if it names a live one."""
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        digest = session_digest(service, request.cookies.get(SESSION, ""))
        if (found := await session_by_digest(session, digest, machine_now())) is not None:
            await end_session(session, found[0].id, "its holder")


async def _ask_password(
    service: Identity,
    request: Request,
    wanted: str,
    *,
    fault: str = "",
    number: str = "",
    status: int = 0,
    answer: Answer | None = None,
) -> Response:
    wanted = pages.safe_next(wanted)
    async with service.database.transaction(SIGHT) as session:
        targets = await pages.form_targets(service, session, wanted)
    code = status or (_STATUS.get(answer.said, 403) if answer else 200)
    response = pages.page(
        service,
        request,
        "sign_in",
        status=code,
        form_targets=targets,
        faults=[str(fault)] if fault else [],
        number=number,
        next=wanted,
        wait=answer.wait if answer else 0,
        passkey=to_sign_in(service),
    )
    if answer and answer.wait:
        response.headers["Retry-After"] = str(answer.wait)
    return response


async def _ask_code(
    service: Identity, request: Request, *, fault: str = "", status: int = 200, answer: Answer | None = None
) -> Response:
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        sign_in = await open_sign_in(session, browser_index(service, browser_of(request)), service.clock.now())
        targets = await pages.form_targets(service, session, sign_in.next) if sign_in else ""
        passkeys = await passkeys_of(session, sign_in.account_id) if sign_in else []
    if sign_in is None:
        return RedirectResponse("/sign-in", 303)
    response = pages.page(
        service,
        request,
        "code",
        status=status,
        form_targets=targets,
        faults=[fault] if fault else [],
        second=sign_in.second,
        is_texted=sign_in.codes_sent > 0,
        passkey=to_sign_in(service, passkeys) if passkeys else None,
        sent_again=request.query_params.get("sent") == "again",
        wait=answer.wait if answer else 0,
    )
    if answer and answer.wait:
        response.headers["Retry-After"] = str(answer.wait)
    return response
