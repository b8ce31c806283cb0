"""`/v1/establishments` and `/v1/me/memberships`: firms, and who may act for them in which role."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from chassis.audit.guard import nothing_personal
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from contracts.values import ArabicName, EnglishName, PersonNumber
from identity.actions.establish import (
    answer_invitation,
    approve_member,
    invite_member,
    open_establishment,
    remove_member,
    require_standing,
)
from identity.api.parts import IdentityDep
from identity.api.schemas import Strict
from identity.domain.membership import Role
from identity.models import Membership
from identity.wiring import Identity

router = APIRouter(prefix="/v1", tags=["establishments"], route_class=UnitRoute)
NUMBER = r"^7[0-9]{9}$"
Number = Annotated[str, Path(pattern=NUMBER)]


class NewEstablishment(Strict):
    """A firm and the person who owns its account."""

    number: Annotated[str, Field(pattern=NUMBER)]
    name_ar: ArabicName
    name_en: EnglishName
    owner: PersonNumber


class NewMember(Strict):
    """Who shall be brought in, in which role, at which branch (absent: all)."""

    number: PersonNumber
    role: Role
    branch: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9-]{2,40}$")] = None


class MembershipView(BaseModel):
    """One person's place in an establishment."""

    id: UUID
    reference: str
    establishment: str
    number: str
    role: str
    branch: str | None
    status: str
    texts: dict[str, str]
    since: datetime


@router.post("/establishments", status_code=201, dependencies=[OnceDep])
async def add_establishment(
    body: NewEstablishment, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> MembershipView:
    """Open an establishment's account (administrators). Its owner accepts before anybody acts for it."""
    opened = await open_establishment(service, session, principal, body.number, body.name_ar, body.name_en, body.owner)
    return _view(service, opened)


@router.get("/establishments/{number}/members")
async def list_members(
    number: Number,
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[MembershipView]:
    """Who is in it (its owners and approvers)."""
    await require_standing(service, session, principal, number)
    theirs = sa.select(Membership).where(Membership.establishment == number)
    rows, following = await page_of(session, theirs, Membership.id, cursor=cursor, limit=limit)
    nothing_personal(session, rows)  # a membership is the record of both sides
    return Page(items=[_view(service, row) for row in rows], next=following)


@router.post("/establishments/{number}/members", status_code=201, dependencies=[OnceDep])
async def propose_member(
    number: Number, body: NewMember, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> MembershipView:
    """Bring somebody in. An owner or signatory has to be approved by a second person first."""
    made = await invite_member(service, session, principal, number, body.number, body.role, body.branch)
    return _view(service, made)


@router.post("/memberships/{membership_id}/approve", dependencies=[OnceDep])
async def approve_membership(
    membership_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> MembershipView:
    """Approve somebody a colleague has proposed."""
    return _view(service, await approve_member(service, session, principal, membership_id))


@router.post("/memberships/{membership_id}/remove", dependencies=[OnceDep])
async def remove_membership(
    membership_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> MembershipView:
    """Take somebody out, or leave oneself."""
    return _view(service, await remove_member(service, session, principal, membership_id))


@router.get("/me/memberships")
async def list_my_memberships(
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[MembershipView]:
    """The establishments I am in or invited to."""
    mine = sa.select(Membership).where(Membership.person == principal.subject)
    rows, following = await page_of(session, mine, Membership.id, cursor=cursor, limit=limit)
    return Page(items=[_view(service, row) for row in rows], next=following)


@router.post("/memberships/{membership_id}/accept", dependencies=[OnceDep])
async def accept_membership(
    membership_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> MembershipView:
    """Accept an invitation of mine."""
    return _view(service, await answer_invitation(service, session, principal, membership_id, accept=True))


@router.post("/memberships/{membership_id}/decline", dependencies=[OnceDep])
async def decline_membership(
    membership_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> MembershipView:
    """Decline an invitation of mine."""
    return _view(service, await answer_invitation(service, session, principal, membership_id, accept=False))


def _view(service: Identity, row: Membership) -> MembershipView:
    return MembershipView(
        id=row.id,
        reference=row.reference,
        establishment=row.establishment,
        number=row.person,
        role=row.role,
        branch=row.branch,
        status=row.status,
        texts=service.texts.both(f"membership.{row.status}"),
        since=row.moved_at,
    )
