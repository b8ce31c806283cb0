"""`/v1/role-changes`: administrators propose who gets or loses a role, and decide what another has proposed."""

from uuid import UUID

from fastapi import APIRouter, Response

from chassis.audit.guard import nothing_personal
from chassis.authority import Principal, require_role
from chassis.database import Session
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from contracts.authority import StaffRole
from identity.actions.change_role import Wish, approve, propose, read_change, refuse, withdraw
from identity.api.parts import IdentityDep
from identity.api.role_change_views import NewRoleChange, RoleChangeView, role_change_views
from identity.api.schemas import NewReason
from identity.models import RoleChange
from identity.queries_roles import proposed
from identity.wiring import Identity

PREFIX = "/v1/role-changes"
router = APIRouter(prefix=PREFIX, tags=["staff"], route_class=UnitRoute)


@router.get("")
async def list_proposed_role_changes(
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[RoleChangeView]:
    """What waits for a second administrator, newest first (administrators)."""
    await require_role(session, principal, [StaffRole.ADMINISTRATOR], service.clock.now())
    rows, following = await page_of(session, proposed(), RoleChange.id, cursor=cursor, limit=limit)
    nothing_personal(session, rows)  # who holds which role is the house's own matter
    return Page(items=await role_change_views(service, session, principal, rows), next=following)


@router.post("", status_code=201, dependencies=[OnceDep])
async def propose_role_change(
    body: NewRoleChange, response: Response, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> RoleChangeView:
    """Propose that a member of staff gets or loses a role at an office. Nothing changes before another administrator approves."""
    wish = Wish(body.number, body.role, body.office, body.direction)
    change = await propose(service, session, principal, wish, body.reason)
    response.headers["Location"] = f"{PREFIX}/{change.id}"
    return await _shown(service, session, principal, change)


@router.get("/{role_change_id}")
async def read_role_change(
    role_change_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> RoleChangeView:
    """A role change, whatever has become of it (administrators)."""
    return await _shown(service, session, principal, await read_change(service, session, principal, role_change_id))


@router.post("/{role_change_id}/approve", dependencies=[OnceDep])
async def approve_role_change(
    role_change_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> RoleChangeView:
    """The role begins or ends now. By neither the proposer nor the member of staff concerned."""
    return await _shown(service, session, principal, await approve(service, session, principal, role_change_id))


@router.post("/{role_change_id}/refuse", dependencies=[OnceDep])
async def refuse_role_change(
    role_change_id: UUID, body: NewReason, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> RoleChangeView:
    """Nothing changes. By neither the proposer nor the member of staff concerned."""
    change = await refuse(service, session, principal, role_change_id, body.reason)
    return await _shown(service, session, principal, change)


@router.post("/{role_change_id}/withdraw", dependencies=[OnceDep])
async def withdraw_role_change(
    role_change_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> RoleChangeView:
    """Take one's own proposal back."""
    return await _shown(service, session, principal, await withdraw(service, session, principal, role_change_id))


async def _shown(service: Identity, session: Session, principal: Principal, change: RoleChange) -> RoleChangeView:
    return (await role_change_views(service, session, principal, [change]))[0]
