"""`/v1/activations/staff`: an administrator invites a member of staff, who enrols by a link and waits for their roles."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from contracts.authority import StaffRole
from contracts.values import ArabicName, EnglishName
from identity.actions.enrol import Person, invite
from identity.api.parts import IdentityDep
from identity.api.role_change_views import OfficeCode, Reason, RoleChangeView, role_change_views

router = APIRouter(prefix="/v1/activations/staff", tags=["staff"], route_class=UnitRoute)


class NewInvitation(BaseModel):
    """Who is invited, and which roles are proposed for them at which office."""

    model_config = ConfigDict(extra="forbid")

    name_ar: ArabicName
    name_en: EnglishName
    roles: Annotated[list[StaffRole], Field(min_length=1, max_length=4)]
    office: OfficeCode
    reason: Reason | None = Field(None, description="for the administrator who approves; absent: an invitation")


class InvitationView(BaseModel):
    """The new number, the link to hand over in person (it is not shown again), and what another administrator approves."""

    number: str
    url: str
    role_changes: list[RoleChangeView]


@router.post("", status_code=201, dependencies=[OnceDep])
async def invite_staff(
    body: NewInvitation, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> InvitationView:
    """Invite a member of staff. They hold no role before another administrator has approved it."""
    person, said = Person(body.name_ar, body.name_en), service.texts.both("role_change.invitation")
    reason = body.reason or " · ".join(said.values())
    invitation = await invite(service, session, principal, person, set(body.roles), body.office, reason)
    changes = await role_change_views(service, session, principal, invitation.proposed)
    return InvitationView(number=invitation.account.person, url=invitation.url, role_changes=changes)
