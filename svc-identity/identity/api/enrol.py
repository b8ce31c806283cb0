"""`/activation/<token>`: the page on which a member of staff sets a password and enrols an authenticator, once."""

import base64
import io
from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Form, Request, Response

from identity.actions.confirm import PasswordNotGood, check_password
from identity.actions.enrol import enrol, open_link
from identity.actions.enter_password import SIGHT
from identity.api import pages
from identity.api.cookies import is_ours
from identity.api.parts import IdentityDep
from identity.wiring import Identity

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=512)]


@router.get("/activation/{token}")
async def show_enrolment(token: str, request: Request, service: IdentityDep) -> Response:
    """The authenticator's picture and a form."""
    return await _ask(service, request, token)


@router.post("/activation/{token}")
async def take_enrolment(
    token: str, request: Request, service: IdentityDep, password: Field = "", code: Field = "", csrf: Field = ""
) -> Response:
    """Activate the account, or show again with what is the matter."""
    if not is_ours(service, request, csrf):
        return await _ask(service, request, token, faults=["form_expired"], status=400)
    try:
        check_password(service, password, "")
    except PasswordNotGood as weak:
        return await _ask(service, request, token, faults=weak.details["faults"], status=422)
    password_hash = await service.passwords.hash(password)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        account = await enrol(service, session, token, code, password_hash)
    if account is None:
        return await _ask(service, request, token, faults=["code_not_right"], status=422)
    return pages.page(service, request, "enrol", state="done", number=account.person)


async def _ask(
    service: Identity, request: Request, token: str, *, faults: list[str] | None = None, status: int = 200
) -> Response:
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        found = await open_link(service, session, token)
    if found is None:
        return pages.page(service, request, "enrol", status=410, state="gone")
    link, account = found
    return pages.page(
        service,
        request,
        "enrol",
        status=status,
        state="open",
        faults=faults or [],
        number=account.person,
        seed=link.totp_seed,
        picture=picture_of(pyotp.TOTP(link.totp_seed).provisioning_uri(name=account.person, issuer_name="Jawaz")),
    )


def picture_of(uri: str) -> str:
    """The address as a QR picture inside the page: it must not be fetched from anywhere."""
    file = io.BytesIO()
    segno.make(uri).save(file, kind="png", scale=5)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
