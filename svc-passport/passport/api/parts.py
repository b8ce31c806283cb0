"""Applicants' routes for the parts of a draft: photo, English name, address, pledges, review."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from starlette.exceptions import HTTPException

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep
from chassis.paging import Page
from chassis.refusals import NotFound
from passport.actions.accept_english_name import accept_english_name
from passport.actions.accept_pledge import accept_pledge
from passport.actions.add_photo import add_photo, photo_of
from passport.actions.choose_address import choose_address
from passport.actions.read_application import read_application
from passport.actions.review import review
from passport.api import schemas, views
from passport.api.dependencies import APPLICATIONS, PassportDep, router

PICTURES = ("image/jpeg", "image/png")
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD: dict[str, Any] = {"requestBody": {"required": True, "content": dict.fromkeys(PICTURES, _BYTES)}}
_DOWNLOAD: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": _BYTES}}}
parts = router()


async def picture(request: Request) -> bytes:
    """The uploaded bytes, read before the database is spoken to: a slow line must not hold a connection."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in PICTURES:
        raise HTTPException(415)
    return await request.body()


PictureDep = Annotated[bytes, Depends(picture)]


@parts.put(f"{APPLICATIONS}/{{application_id}}/photo", openapi_extra=_UPLOAD)
async def add_photo_to_application(
    application_id: UUID,
    data: PictureDep,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.ApplicationLine:
    """Add or replace the portrait. Every flaw of one that is not accepted is named."""
    return views.line(service, await add_photo(service, session, principal, application_id, data))


@parts.get(f"{APPLICATIONS}/{{application_id}}/photo", response_class=Response, responses=_DOWNLOAD)
async def read_photo_of_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> Response:
    """The portrait, as it will be printed."""
    reading = await read_application(service, session, principal, application_id)
    content = await photo_of(service, session, reading.application)
    if content is None:
        raise NotFound
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="image/jpeg", headers=headers)


@parts.put(f"{APPLICATIONS}/{{application_id}}/english-name")
async def accept_english_name_of_application(
    application_id: UUID,
    changes: schemas.EnglishNameChanges,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.ApplicationLine:
    """Accept the English name as it shall be printed."""
    application = await accept_english_name(
        service,
        session,
        principal,
        application_id,
        given_names=changes.given_names,
        family_name=changes.family_name,
    )
    return views.line(service, application)


@parts.put(f"{APPLICATIONS}/{{application_id}}/delivery-address")
async def choose_address_of_application(
    application_id: UUID,
    changes: schemas.DeliveryAddressChanges,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.ApplicationLine:
    """Choose where the passport is brought, among the holder's registered addresses."""
    application = await choose_address(service, session, principal, application_id, changes.short_address)
    return views.line(service, application)


@parts.get(f"{APPLICATIONS}/{{application_id}}/pledges")
async def list_pledges_of_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> Page[schemas.PledgeView]:
    """The pledges in force, each with when it was accepted."""
    reading = await read_application(service, session, principal, application_id)
    return Page(items=views.pledges(service, reading.facts, reading.pledges))


@parts.post(f"{APPLICATIONS}/{{application_id}}/pledges/{{pledge}}/accept", dependencies=[OnceDep])
async def accept_pledge_of_application(
    application_id: UUID,
    pledge: str,
    changes: schemas.PledgeAcceptanceChanges,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.ApplicationLine:
    """Accept one pledge in the version and language it was shown in."""
    application = await accept_pledge(
        service, session, principal, application_id, pledge, version=changes.version, language=changes.language
    )
    return views.line(service, application)


@parts.post(f"{APPLICATIONS}/{{application_id}}/review", dependencies=[OnceDep])
async def review_passport_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.ApplicationLine:
    """Confirm data, photo and English name; what was shown is kept."""
    return views.line(service, await review(service, session, principal, application_id))
