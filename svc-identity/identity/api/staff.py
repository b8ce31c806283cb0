"""`/v1/activations/staff`: an administrator invites a member of staff, who then enrols by a link."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from contracts.authority import StaffRole
from contracts.values import ArabicName, EnglishName
from identity.actions.enrol import Person, invite
from identity.api.parts import IdentityDep

router = APIRouter(prefix="/v1/activations/staff", tags=["staff"], route_class=UnitRoute)


class NewInvitation(BaseModel):
    """Who is invited, with which roles, at which office."""

    model_config = ConfigDict(extra="forbid")

    name_ar: ArabicName
    name_en: EnglishName
    roles: Annotated[list[StaffRole], Field(min_length=1, max_length=4)]
    office: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{2,40}$")]


class InvitationView(BaseModel):
    """The new number, and the link to hand over in person; it is not shown again."""

    number: str
    url: str


@router.post("", status_code=201, dependencies=[OnceDep])
async def invite_staff(
    body: NewInvitation, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> InvitationView:
    """Invite a member of staff."""
    person = Person(body.name_ar, body.name_en)
    invitation = await invite(service, session, principal, person, set(body.roles), body.office)
    return InvitationView(number=invitation.account.person, url=invitation.url)
