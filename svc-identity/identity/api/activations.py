"""`/v1/activations`: clerks find an account by the number on the document, compare, and bind. Numbers stay in bodies."""

from uuid import UUID

from fastapi import APIRouter

from chassis.audit.guard import nothing_personal
from chassis.authority import require_role
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from contracts.authority import StaffRole
from identity.actions.activate import activate, open_activation
from identity.actions.suspend import restore, suspend
from identity.api.parts import IdentityDep
from identity.api.schemas import (
    AccountAtDeskView,
    ActivationQuestion,
    ActivationView,
    NewActivation,
    NewReason,
    WaitingActivation,
)
from identity.api.views import account_at_desk_view, activation_view
from identity.figures import waiting_accounts
from identity.models import Account

router = APIRouter(prefix="/v1/activations", tags=["activations"], route_class=UnitRoute)


@router.get("")
async def list_waiting(
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[WaitingActivation]:
    """Accounts that wait for their activation, newest first, without anything personal."""
    await require_role(session, principal, [StaffRole.CLERK], service.clock.now())
    rows, following = await page_of(session, waiting_accounts(), Account.id, cursor=cursor, limit=limit)
    nothing_personal(session, rows)
    items = [
        WaitingActivation(id=row.id, reference=row.reference, kind=row.kind, waiting_since=row.moved_at) for row in rows
    ]
    return Page(items=items, next=following)


@router.post("/find")
async def find_activation(
    body: ActivationQuestion, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> ActivationView:
    """Take the account of this number in hand. The look is written down for its holder to see."""
    account = await open_activation(service, session, principal, body.number)
    await session.flush()
    return await activation_view(service, session, account, principal.subject)


@router.post("/{account_id}/activate", dependencies=[OnceDep])
async def activate_account(
    account_id: UUID, body: NewActivation, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> ActivationView:
    """Bind account, mobile and person. 409 names every requirement that is missing."""
    account = await activate(
        service,
        session,
        principal,
        account_id,
        document_number=body.document.number,
        expires_on=body.document.expires_on,
        mobile=body.mobile,
        office=body.office,
    )
    return await activation_view(service, session, account, principal.subject)


@router.post("/{account_id}/suspend", dependencies=[OnceDep])
async def suspend_account(
    account_id: UUID, body: NewReason, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AccountAtDeskView:
    """Suspend an account and end its sessions (administrators)."""
    return account_at_desk_view(service, await suspend(service, session, principal, account_id, body.reason))


@router.post("/{account_id}/restore", dependencies=[OnceDep])
async def restore_account(
    account_id: UUID, body: NewReason, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AccountAtDeskView:
    """Make a suspended account active again (administrators)."""
    return account_at_desk_view(service, await restore(service, session, principal, account_id, body.reason))
