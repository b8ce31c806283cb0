"""Checking an authorisation without signing in, over the contract and on a page: in force or not, for what, until when."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import AfterValidator, BaseModel, WithJsonSchema
from pydantic_core import PydanticCustomError

from chassis.http.problems import problem_response
from chassis.http.unit import SessionDep, UnitRoute, anonymous
from chassis.identifiers import is_reference
from contracts.authority import AuthorisedService
from contracts.values import fold_digits
from identity.actions.authorisation.check import SHOWN_DIGITS, SIGHT, Checked, TooManyChecks, check
from identity.api import pages
from identity.api.cookies import is_ours
from identity.api.forms import Beside, read_form
from identity.api.parts import IdentityDep, source_of
from identity.api.schemas import Strict
from identity.wiring import Identity

PAGE = "/authorisation-check"
router = APIRouter(tags=["public"], route_class=UnitRoute)
page_router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=64)]
_LABELS = {"reference": "page.check_reference", "grantee_last4": "page.check_last4"}


def _reference(text: str) -> str:
    folded = fold_digits(text).strip().upper()
    if not is_reference(folded):
        raise PydanticCustomError("authorisation-number-not-valid", "authorisation-number-not-valid")
    return folded


def _end(text: str) -> str:
    folded = fold_digits(text).strip()
    if len(folded) != SHOWN_DIGITS or not (folded.isascii() and folded.isdecimal()):
        raise PydanticCustomError("last-digits-not-valid", "last-digits-not-valid")
    return folded


class NewCheck(Strict):
    """The number on the paper, and the last four digits of the authorised person's ID."""

    reference: Annotated[
        str, AfterValidator(_reference), WithJsonSchema({"type": "string", "examples": ["AUT-7K3M-Q9RT-2XWA"]})
    ]
    grantee_last4: Annotated[
        str, AfterValidator(_end), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}$", "examples": ["0008"]})
    ]


class AuthorisationCheckView(BaseModel):
    """Whether it is in force at this moment, for which service, and its last day. Nothing about anybody."""

    reference: str
    in_force: bool
    texts: dict[str, str]
    service: AuthorisedService
    service_texts: dict[str, str]
    ends_on: date


@router.post("/v1/track/authorisations", dependencies=[Depends(anonymous)], response_model=AuthorisationCheckView)
async def check_authorisation(
    body: NewCheck, request: Request, service: IdentityDep, session: SessionDep
) -> AuthorisationCheckView | Response:
    """Whether an authorisation is in force, by its number and the last four digits of the authorised person's ID."""
    found = await check(service, session, body.reference, body.grantee_last4, source_of(request))
    if isinstance(found, TooManyChecks):
        return problem_response(request, service.texts, found.slug, found.status, retry_after=found.retry_after)
    if found is None:
        # Answered, not raised: the try has to stay counted.
        return problem_response(request, service.texts, "authorisation-pair-unknown", 404)
    return _view(service, found)


@page_router.get(PAGE)
async def show_check(request: Request, service: IdentityDep) -> Response:
    """Ask for the number on the paper."""
    return _page(service, request, typed={"reference": request.query_params.get("number", "")})


@page_router.post(PAGE)
async def take_check(
    request: Request, service: IdentityDep, reference: Field = "", grantee_last4: Field = "", csrf: Field = ""
) -> Response:
    """Say whether it is in force, or ask again with what is the matter."""
    typed = {"reference": reference, "grantee_last4": grantee_last4}
    if not is_ours(service, request, csrf):
        return _page(service, request, fault="form_expired", status=400, typed=typed)
    language = pages.language(request)
    body, beside = read_form(service, language, NewCheck, typed, _LABELS)
    if body is None:
        return _page(service, request, beside=beside, status=422, typed=typed)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        found = await check(service, session, body.reference, body.grantee_last4, source_of(request))
    if isinstance(found, TooManyChecks):
        return _page(service, request, fault="wait", status=429, wait=found.retry_after or 1, typed=typed)
    if found is None:
        beside = {"reference": service.texts.say("problem.authorisation-pair-unknown", language, "detail")}
        return _page(service, request, beside=beside, status=404, typed=typed)
    return _page(service, request, found=_view(service, found))


def _view(service: Identity, found: Checked) -> AuthorisationCheckView:
    return AuthorisationCheckView(
        reference=found.reference,
        in_force=found.is_in_force,
        texts=service.texts.both("authorisation.in_force" if found.is_in_force else "authorisation.not_in_force"),
        service=AuthorisedService(found.service),
        service_texts=service.texts.both(f"word.service.{found.service}"),
        ends_on=found.ends_on,
    )


def _page(
    service: Identity,
    request: Request,
    *,
    fault: str = "",
    beside: Beside | None = None,
    status: int = 200,
    found: AuthorisationCheckView | None = None,
    typed: dict[str, str] | None = None,
    **words: Any,
) -> Response:
    shown = {"reference": "", "grantee_last4": ""} | (typed or {})
    faults = [fault] if fault else []
    return pages.page(
        service,
        request,
        "authorisation_check",
        status=status,
        faults=faults,
        beside=beside,
        found=found,
        typed=shown,
        **words,
    )
