"""Routes of exit and re-entry visas: may they, request, list, read, reserve, issue, cancel, withdraw."""

from uuid import UUID

from fastapi import Response, status

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from residency.actions.eligibility import check_visa_eligibility
from residency.actions.reading import read_visa
from residency.actions.visa.cancel import cancel
from residency.actions.visa.issue import issue
from residency.actions.visa.request import request
from residency.actions.visa.reserve import reserve
from residency.actions.visa.withdraw import withdraw
from residency.api import schemas, views
from residency.api.dependencies import ASK_AGAIN_S, VISAS, ResidencyDep, router
from residency.domain.stay import Stay, shortest_stay, stay_of_months
from residency.models import ExitReentryVisa
from residency.queries import visas_seen
from residency.wiring import Residency

visas = router("exit and re-entry visas")


@visas.post(f"{VISAS}/eligibility")
async def ask_visa_eligibility(
    question: schemas.VisaQuestion,
    response: Response,
    service: ResidencyDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.EligibilityView:
    """May this worker or dependant have a visa? `Retry-After` is set while a body outside is still being asked."""
    stay = _stay(service, question)
    asked = await check_visa_eligibility(service, session, principal, question.person, question.trips, stay)
    if asked.is_being_checked:
        response.headers["Retry-After"] = str(ASK_AGAIN_S)
    return views.eligibility(service, asked)


@visas.post(VISAS, status_code=status.HTTP_201_CREATED, dependencies=[OnceDep])
async def request_exit_reentry_visa(
    new: schemas.NewExitReentryVisa,
    response: Response,
    service: ResidencyDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.VisaLine:
    """Request a visa for a worker or dependant."""
    stay = _stay(service, new)
    visa = await request(service, session, principal, person=new.person, trips=new.trips, stay=stay)
    response.headers["Location"] = f"{VISAS}/{visa.id}"
    return views.visa_line(service, visa)


@visas.get(VISAS)
async def list_exit_reentry_visas(
    service: ResidencyDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[schemas.VisaLine]:
    """My visas and those of my workers and dependants, the newest first."""
    statement = visas_seen(principal, service.clock.now())
    rows, following = await page_of(session, statement, ExitReentryVisa.id, cursor=cursor, limit=limit)
    return Page(items=[views.visa_line(service, row) for row in rows], next=following)


@visas.get(f"{VISAS}/{{visa_id}}")
async def read_exit_reentry_visa(
    visa_id: UUID, response: Response, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.ExitReentryVisaView:
    """One visa: its kind, fee and days, whose turn it is, what can be done and what stands in the way."""
    reading = await read_visa(service, session, principal, visa_id)
    if reading.is_being_checked:
        response.headers["Retry-After"] = str(ASK_AGAIN_S)
    return views.visa_view(service, reading)


@visas.post(f"{VISAS}/{{visa_id}}/reserve", dependencies=[OnceDep])
async def reserve_fee_of_visa(
    visa_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.VisaLine:
    """Reserve the fee from the holder's prepaid balance; pressed again after a refusal it is tried at once."""
    return views.visa_line(service, await reserve(service, session, principal, visa_id))


@visas.post(f"{VISAS}/{{visa_id}}/issue", dependencies=[OnceDep])
async def issue_exit_reentry_visa(
    visa_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.VisaLine:
    """Issue the visa: it gets its number once the fee is taken."""
    return views.visa_line(service, await issue(service, session, principal, visa_id))


@visas.post(f"{VISAS}/{{visa_id}}/cancel", dependencies=[OnceDep])
async def cancel_exit_reentry_visa(
    visa_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.VisaLine:
    """Cancel an issued visa in its window. The fee is not given back."""
    return views.visa_line(service, await cancel(service, session, principal, visa_id))


@visas.post(f"{VISAS}/{{visa_id}}/withdraw", dependencies=[OnceDep])
async def withdraw_exit_reentry_visa(
    visa_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.VisaLine:
    """Withdraw a request before it is issued; a reserved fee goes back."""
    return views.visa_line(service, await withdraw(service, session, principal, visa_id))


def _stay(service: Residency, asked: schemas.VisaQuestion | schemas.NewExitReentryVisa) -> Stay:
    if asked.months is not None:
        return stay_of_months(asked.months, service.rules())
    if asked.days is None and asked.return_by is None:
        return shortest_stay(service.rules())
    return Stay(days=asked.days, return_by=asked.return_by)
