"""`/recover` and `/recover/undo`: pages for the first sign-in, a forgotten password, and a mobile changed by another."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from chassis.database import Sight
from chassis.refusals import TooMany, Unavailable
from identity.actions.change_mobile import undo_change
from identity.actions.confirm import PasswordNotGood, check_password
from identity.actions.recover import Recovered, begin_recovery, confirm_recovery
from identity.api import pages
from identity.api.cookies import is_ours
from identity.api.forms import Beside, read_form, weak_password
from identity.api.parts import IdentityDep, source_of
from identity.api.recoveries import NewRecovery
from identity.models import Recovery
from identity.wiring import Identity

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=512)]
SIGHT = Sight.system("recovery")
_ASKED = {"number": "page.number", "mobile": "page.recover_mobile"}
_FAULTS = {Recovered.NOT_RIGHT: "recovery_not_right", Recovered.STRONGER_NEEDED: "stronger_proof_needed"}


@router.get("/recover")
async def show_recovery(request: Request, service: IdentityDep) -> Response:
    """Ask for number and mobile."""
    return _page(service, request, "ask")


@router.post("/recover")
async def take_recovery(
    request: Request, service: IdentityDep, number: Field = "", mobile: Field = "", csrf: Field = ""
) -> Response:
    """Ask for the code next, whoever it is."""
    if not is_ours(service, request, csrf):
        return _page(service, request, "ask", fault="form_expired", status=400)
    given = {name: value for name, value in (("number", number), ("mobile", mobile)) if value.strip()}
    body, beside = read_form(service, pages.language(request), NewRecovery, given, _ASKED)
    if body is None:
        return _page(service, request, "ask", beside=beside, status=422, number=number, mobile=mobile)
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            recovery = await begin_recovery(
                service,
                session,
                person=body.number,
                mobile=body.mobile,
                language=pages.language(request),
                source=source_of(request),
            )
    except TooMany as many:
        return _page(service, request, "ask", fault="wait", status=429, wait=many.retry_after or 1)
    return _page(service, request, "code", recovery=recovery.id)


@router.post("/recover/password")
async def take_new_password(
    request: Request,
    service: IdentityDep,
    recovery: Field = "",
    code: Field = "",
    document: Field = "",
    proof: Field = "",
    password: Field = "",
    csrf: Field = "",
) -> Response:
    """Set the password, or show the form again with what is the matter."""
    try:
        recovery_id = UUID(recovery)
    except ValueError:
        return _page(service, request, "ask", status=422)
    if not is_ours(service, request, csrf):
        return _page(service, request, "code", fault="form_expired", status=400, recovery=recovery_id)
    try:
        check_password(service, password, await _number_of(service, recovery_id))
        hashed = await service.passwords.hash(password)
    except PasswordNotGood as weak:
        beside = weak_password(service, pages.language(request), weak)
        return _page(service, request, "code", beside=beside, status=422, recovery=recovery_id)
    except Unavailable:
        return _page(service, request, "code", fault="busy", status=503, recovery=recovery_id)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        became = await confirm_recovery(
            service, session, recovery_id, code=code, document_number=document, proof=proof, password_hash=hashed
        )
    if became is not Recovered.DONE:
        return _page(service, request, "code", fault=_FAULTS[became], status=422, recovery=recovery_id)
    return _page(service, request, "done")


@router.get("/recover/undo")
async def show_undo(request: Request, service: IdentityDep) -> Response:
    """Ask for the word that came to the old mobile."""
    return _page(service, request, "undo")


@router.post("/recover/undo")
async def take_undo(request: Request, service: IdentityDep, word: Field = "", csrf: Field = "") -> Response:
    """Bind the old mobile again."""
    if not is_ours(service, request, csrf):
        return _page(service, request, "undo", fault="form_expired", status=400)
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            undone = await undo_change(service, session, word, source_of(request))
    except TooMany as many:
        return _page(service, request, "undo", fault="wait", status=429, wait=many.retry_after or 1)
    if not undone:
        beside = {"word": service.texts.say("page.fault_word_not_right", pages.language(request))}
        return _page(service, request, "undo", beside=beside, status=422)
    return _page(service, request, "undone")


async def _number_of(service: Identity, recovery_id: UUID) -> str:
    async with service.database.transaction(SIGHT) as session:
        recovery = await session.get(Recovery, recovery_id)
    return recovery.person if recovery else ""


def _page(
    service: Identity,
    request: Request,
    state: str,
    *,
    fault: str = "",
    beside: Beside | None = None,
    status: int = 200,
    **words: Any,
) -> Response:
    shown: dict[str, Any] = {"number": "", "mobile": "", "recovery": ""} | words
    faults = [fault] if fault else []
    return pages.page(service, request, "recover", status=status, faults=faults, beside=beside, state=state, **shown)
