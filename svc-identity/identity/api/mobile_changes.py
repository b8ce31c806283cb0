"""`/v1/me/mobile-changes`: a new mobile, by password and a code to it; for a day the old one can undo it."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from chassis.authority import find
from chassis.http.problems import problem_response
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from contracts.values import Mobile
from identity.actions.change_mobile import ask_for_change, confirm_change, reserve_try
from identity.api.parts import IdentityDep, see_as_part
from identity.api.schemas import AccountView, Code, Secret, Strict
from identity.api.views import account_view
from identity.models import Account

router = APIRouter(prefix="/v1/me/mobile-changes", tags=["me"], route_class=UnitRoute)
_PART = "mobile_change"


class NewMobile(Strict):
    """The mobile to be, and the present password."""

    mobile: Mobile
    password: Secret


class MobileChangeView(BaseModel):
    """If the mobile is in the holder's name a code is on its way to it."""

    id: UUID
    expires_at: datetime


class MobileCode(Strict):
    code: Code


@router.post("", status_code=202, dependencies=[OnceDep], response_model=MobileChangeView)
async def ask_for_new_mobile(
    body: NewMobile, request: Request, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> MobileChangeView | Response:
    """Ask for a new mobile. A code follows by text to the new one."""
    await reserve_try(service, session, principal.subject)
    account = await find(session, sa.select(Account).where(Account.person == principal.subject))
    if not await service.passwords.verify(account.password_hash, body.password):
        # Answered, not raised: the try that was spent must be committed.
        return problem_response(request, service.texts, "password-wrong", 403)
    change = await ask_for_change(service, session, principal, body.mobile)
    return MobileChangeView(id=change.id, expires_at=change.expires_at)


@router.post("/{change_id}/confirm", dependencies=[OnceDep], response_model=AccountView)
async def confirm_new_mobile(
    change_id: UUID,
    body: MobileCode,
    request: Request,
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
) -> AccountView | Response:
    """Bind the new mobile. Other sessions end; acts of consequence wait until the old mobile has had its time."""
    # Whether another account has the mobile is nothing its holder may see.
    await see_as_part(service, session, _PART)
    account = await confirm_change(service, session, principal, change_id, body.code)
    if account is None:
        return problem_response(request, service.texts, "code-not-right", 409)
    return account_view(service, account)
