"""`/account/proofs`: what I sign in with. Passkeys, an authenticator, recovery codes: seen, added, taken away."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import pyotp
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.database import Session
from identity.actions.enter_password import SIGHT
from identity.actions.hold import Frozen
from identity.actions.passkeys import PasskeyRefused, TooManyPasskeys, add_passkey, passkeys_of, remove_passkey
from identity.actions.set_totp import make_recovery_codes, new_seed, recovery_codes_left, remove_totp, seed_in, set_totp
from identity.actions.tell_proof import tell_proof
from identity.api import pages
from identity.api.cookies import browser_of, is_ours
from identity.api.enrol import picture_of
from identity.api.parts import IdentityDep
from identity.api.passkey_options import to_add
from identity.api.signed_in import Holder, holder_of, is_fresh, to_sign_in_first
from identity.domain.account import Kind
from identity.wiring import Identity

router = APIRouter(include_in_schema=False)
PAGE = "/account/proofs"
Field = Annotated[str, Form(max_length=512)]
Answered = Annotated[str, Form(max_length=16_384)]
Change = Callable[[Session, Holder], Awaitable[Response | None]]


@router.get(PAGE)
async def show_proofs(request: Request, service: IdentityDep) -> Response:
    """Everything I can sign in with."""
    return await _show(service, request)


@router.post(f"{PAGE}/passkeys")
async def take_new_passkey(
    request: Request, service: IdentityDep, answer: Answered = "", name: Field = "", csrf: Field = ""
) -> Response:
    """Keep a new passkey under the name its owner gives it."""

    async def change(session: Session, holder: Holder) -> None:
        called = name if name.strip() else holder.session.device
        await add_passkey(service, session, holder.account, browser_of(request), answer, called)

    try:
        return await _changed(service, request, csrf, change)
    except (PasskeyRefused, TooManyPasskeys) as refused:
        fault = "passkey_refused" if isinstance(refused, PasskeyRefused) else "too_many_passkeys"
        return await _show(service, request, fault=fault, status=422)


@router.post(f"{PAGE}/passkeys/{{passkey_id}}/remove")
async def take_passkey_away(passkey_id: UUID, request: Request, service: IdentityDep, csrf: Field = "") -> Response:
    """Forget a passkey of mine."""

    async def change(session: Session, holder: Holder) -> None:
        await remove_passkey(service, session, holder.account, passkey_id)

    return await _changed(service, request, csrf, change)


@router.get(f"{PAGE}/totp")
async def show_new_totp(request: Request, service: IdentityDep) -> Response:
    """A new authenticator's picture and a form."""
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        holder = await holder_of(service, session, request)
    if holder is None or not is_fresh(service, holder):
        return to_sign_in_first(PAGE)
    return _totp_page(service, request, holder, *new_seed(service, holder.session))


@router.post(f"{PAGE}/totp")
async def take_new_totp(
    request: Request, service: IdentityDep, sealed: Answered = "", code: Field = "", csrf: Field = ""
) -> Response:
    """Keep the authenticator that shows the right code; recovery codes are shown, once."""

    async def change(session: Session, holder: Holder) -> Response:
        seed = seed_in(service, holder.session, sealed)
        if seed is None:
            return to_sign_in_first(PAGE)
        codes = await set_totp(service, session, holder.account.id, seed, code)
        if codes is None:
            faults = ["code_not_right"]
            return _totp_page(service, request, holder, seed, sealed, faults=faults, status=422)
        return pages.page(service, request, "recovery_codes", codes=codes)

    return await _changed(service, request, csrf, change)


@router.post(f"{PAGE}/totp/remove")
async def take_totp_away(request: Request, service: IdentityDep, csrf: Field = "") -> Response:
    """Do without an authenticator; staff cannot."""

    async def change(session: Session, holder: Holder) -> None:
        await remove_totp(service, session, holder.account.id)

    return await _changed(service, request, csrf, change)


@router.post(f"{PAGE}/recovery-codes")
async def take_new_recovery_codes(request: Request, service: IdentityDep, csrf: Field = "") -> Response:
    """A new set, shown once; the old one is no longer good."""

    async def change(session: Session, holder: Holder) -> Response | None:
        if holder.account.totp_seed is None:
            return None
        codes = await make_recovery_codes(service, session, holder.account)
        await tell_proof(service, session, holder.account, "recovery_codes", "added")
        return pages.page(service, request, "recovery_codes", codes=codes)

    return await _changed(service, request, csrf, change)


async def _changed(service: Identity, request: Request, csrf: str, change: Change) -> Response:
    """Do it for whoever is signed in here and lately so; then show how things stand, or what the change wants shown."""
    if not is_ours(service, request, csrf):
        return await _show(service, request, fault="form_expired", status=400)
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            holder = await holder_of(service, session, request)
            if holder is None or not is_fresh(service, holder):
                return to_sign_in_first(PAGE)
            shown = await change(session, holder)
    except Frozen as frozen:
        return await _show(service, request, fault="frozen", status=409, until=frozen.words["until"])
    return shown or RedirectResponse(f"{PAGE}?done=1", 303)


async def _show(service: Identity, request: Request, *, fault: str = "", status: int = 200, **words: Any) -> Response:
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        holder = await holder_of(service, session, request)
        if holder is None:
            return to_sign_in_first(PAGE)
        passkeys = await passkeys_of(session, holder.account.id)
        left = await recovery_codes_left(session, holder.account.id)
    fresh = is_fresh(service, holder)
    name = service.texts.say("web.name", pages.language(request))
    return pages.page(
        service,
        request,
        "proofs",
        status=status,
        faults=[fault] if fault else [],
        passkey=to_add(service, holder.account, passkeys, name) if fresh else None,
        passkeys=passkeys,
        has_totp=holder.account.totp_seed is not None,
        must_have_totp=holder.account.kind == Kind.STAFF,
        left=left,
        is_fresh=fresh,
        is_done=request.query_params.get("done") == "1" and not fault,
        **words,
    )


def _totp_page(service: Identity, request: Request, holder: Holder, seed: str, sealed: str, **words: Any) -> Response:
    uri = pyotp.TOTP(seed).provisioning_uri(name=holder.account.reference, issuer_name="Jawaz")
    return pages.page(service, request, "totp", seed=seed, sealed=sealed, picture=picture_of(uri), **words)
