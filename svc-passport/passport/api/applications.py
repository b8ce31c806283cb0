"""Applicants' routes: may I, open, list, read, reserve, submit, cancel."""

from uuid import UUID

from fastapi import Response, status

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from passport.actions.cancel import cancel
from passport.actions.check_eligibility import check_eligibility
from passport.actions.open_application import open_application
from passport.actions.read_application import read_application
from passport.actions.reserve import reserve
from passport.actions.submit import submit
from passport.api import schemas, views
from passport.api.dependencies import APPLICATIONS, PassportDep, router
from passport.models import Application
from passport.queries import applications_seen, booklets_seen

ASK_AGAIN_S = 1
applications = router()


@applications.post(f"{APPLICATIONS}/eligibility")
async def ask_eligibility(
    question: schemas.EligibilityQuestion,
    response: Response,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.EligibilityView:
    """May this person renew? `Retry-After` is set while a body outside is still being asked."""
    asked = await check_eligibility(service, session, principal, question.person or principal.subject)
    if asked.is_being_checked:
        response.headers["Retry-After"] = str(ASK_AGAIN_S)
    return views.eligibility(service, asked)


@applications.post(APPLICATIONS, status_code=status.HTTP_201_CREATED, dependencies=[OnceDep])
async def open_passport_application(
    new: schemas.NewApplication,
    response: Response,
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.ApplicationLine:
    """Open a draft for oneself or a dependant."""
    application = await open_application(
        service,
        session,
        principal,
        person=new.person or principal.subject,
        validity_years=new.validity_years,
        language=new.language,
    )
    response.headers["Location"] = f"{APPLICATIONS}/{application.id}"
    return views.line(service, application)


@applications.get(APPLICATIONS)
async def list_passport_applications(
    service: PassportDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[schemas.ApplicationLine]:
    """My applications and my dependants', the newest first."""
    statement = applications_seen(principal, service.clock.now())
    rows, following = await page_of(session, statement, Application.id, cursor=cursor, limit=limit)
    return Page(items=[views.line(service, row) for row in rows], next=following)


@applications.get(f"{APPLICATIONS}/{{application_id}}")
async def read_passport_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.ApplicationView:
    """One application: its state, whose turn it is, what can be done and what stands in the way."""
    return views.view(service, await read_application(service, session, principal, application_id))


@applications.post(f"{APPLICATIONS}/{{application_id}}/reserve", dependencies=[OnceDep])
async def reserve_fee_of_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.ApplicationLine:
    """Reserve the fee from the prepaid balance; pressed again after a refusal it is tried at once."""
    return views.line(service, await reserve(service, session, principal, application_id))


@applications.post(f"{APPLICATIONS}/{{application_id}}/submit", dependencies=[OnceDep])
async def submit_passport_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.ApplicationLine:
    """Send the application."""
    return views.line(service, await submit(service, session, principal, application_id))


@applications.post(f"{APPLICATIONS}/{{application_id}}/cancel", dependencies=[OnceDep])
async def cancel_passport_application(
    application_id: UUID, service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> schemas.ApplicationLine:
    """Take the application back before it is approved."""
    return views.line(service, await cancel(service, session, principal, application_id))


@applications.get("/v1/passports")
async def list_passports(
    service: PassportDep, session: SessionDep, principal: PrincipalDep
) -> Page[schemas.BookletView]:
    """My booklets and my dependants', as far as this service has met them, and what each is good for."""
    rows = await booklets_seen(session, principal, service.clock.now())
    return Page(items=[views.booklet(service, row) for row in rows])
