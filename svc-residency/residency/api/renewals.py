"""Routes of iqama renewals: may it be, open, list, read, check, reserve, submit, withdraw."""

from uuid import UUID

from fastapi import Response, status

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from residency.actions.eligibility import check_renewal_eligibility
from residency.actions.reading import read_renewal
from residency.actions.renewal.check import check
from residency.actions.renewal.open_renewal import open_renewal
from residency.actions.renewal.reserve import reserve
from residency.actions.renewal.submit import submit
from residency.actions.renewal.withdraw import withdraw
from residency.api import schemas, views
from residency.api.dependencies import ASK_AGAIN_S, RENEWALS, ResidencyDep, router
from residency.models import IqamaRenewal
from residency.queries import renewals_seen

renewals = router("iqama renewals")


@renewals.post(f"{RENEWALS}/eligibility")
async def ask_renewal_eligibility(
    question: schemas.RenewalQuestion,
    response: Response,
    service: ResidencyDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.EligibilityView:
    """May this iqama be renewed? `Retry-After` is set while a body outside is still being asked."""
    asked = await check_renewal_eligibility(service, session, principal, question.person, question.period_months)
    if asked.is_being_checked:
        response.headers["Retry-After"] = str(ASK_AGAIN_S)
    return views.eligibility(service, asked)


@renewals.post(RENEWALS, status_code=status.HTTP_201_CREATED, dependencies=[OnceDep])
async def open_iqama_renewal(
    new: schemas.NewIqamaRenewal,
    response: Response,
    service: ResidencyDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> schemas.RenewalLine:
    """Open a renewal for a worker or dependant; what stands in its way is found out and told."""
    renewal = await open_renewal(service, session, principal, person=new.person, period_months=new.period_months)
    response.headers["Location"] = f"{RENEWALS}/{renewal.id}"
    return views.renewal_line(service, renewal)


@renewals.get(RENEWALS)
async def list_iqama_renewals(
    service: ResidencyDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[schemas.RenewalLine]:
    """My renewals and those I opened for workers and dependants, the newest first."""
    statement = renewals_seen(principal, service.clock.now())
    rows, following = await page_of(session, statement, IqamaRenewal.id, cursor=cursor, limit=limit)
    return Page(items=[views.renewal_line(service, row) for row in rows], next=following)


@renewals.get(f"{RENEWALS}/{{renewal_id}}")
async def read_iqama_renewal(
    renewal_id: UUID, response: Response, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.IqamaRenewalView:
    """One renewal: every requirement with its value, rule and remedy, whose turn it is, and what can be done."""
    reading = await read_renewal(service, session, principal, renewal_id)
    if reading.is_being_checked:
        response.headers["Retry-After"] = str(ASK_AGAIN_S)
    return views.renewal_view(service, reading)


@renewals.post(f"{RENEWALS}/{{renewal_id}}/check", dependencies=[OnceDep])
async def check_iqama_renewal(
    renewal_id: UUID, response: Response, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.RenewalLine:
    """Ask every body again, after something was mended; the answers move the case on by themselves."""
    renewal = await check(service, session, principal, renewal_id)
    response.headers["Retry-After"] = str(ASK_AGAIN_S)
    return views.renewal_line(service, renewal)


@renewals.post(f"{RENEWALS}/{{renewal_id}}/reserve", dependencies=[OnceDep])
async def reserve_fee_of_renewal(
    renewal_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.RenewalLine:
    """Reserve the fee from the holder's prepaid balance; pressed again after a refusal it is tried at once."""
    return views.renewal_line(service, await reserve(service, session, principal, renewal_id))


@renewals.post(f"{RENEWALS}/{{renewal_id}}/submit", dependencies=[OnceDep])
async def submit_iqama_renewal(
    renewal_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.RenewalLine:
    """Send the renewal; refused with everything that is missing."""
    return views.renewal_line(service, await submit(service, session, principal, renewal_id))


@renewals.post(f"{RENEWALS}/{{renewal_id}}/withdraw", dependencies=[OnceDep])
async def withdraw_iqama_renewal(
    renewal_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.RenewalLine:
    """Withdraw a renewal before it is submitted; a reserved fee goes back."""
    return views.renewal_line(service, await withdraw(service, session, principal, renewal_id))
