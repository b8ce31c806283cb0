"""`/v1/accounts`: anybody may ask for an account and confirm it by the code that came."""

from fastapi import APIRouter, Depends, Request, Response

from chassis.http.problems import problem_response
from chassis.http.unit import SessionDep, UnitRoute, anonymous
from identity.actions.activate_self import activate_self
from identity.actions.confirm import check_password, confirm
from identity.actions.limit import Limit, take
from identity.actions.register import Passport, register
from identity.api.parts import IdentityDep, see_as_part, source_of
from identity.api.schemas import AccountView, NewAccount, NewConfirmation, NewVisitor, RegistrationView
from identity.api.views import account_view
from identity.queries import open_registration

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=UnitRoute, dependencies=[Depends(anonymous)])
_PART = "registration"
_HOUR = 3_600


@router.post("", status_code=202)
async def ask_for_account(
    body: NewAccount, request: Request, service: IdentityDep, session: SessionDep
) -> RegistrationView:
    """Ask for an account. The answer is the same for every number; a code follows by text if one can be opened."""
    await see_as_part(service, session, _PART)
    registration = await register(
        service,
        session,
        person=body.number,
        mobile=body.mobile,
        email=body.email,
        language=body.language,
        source=source_of(request),
    )
    return RegistrationView(registration=registration.id, expires_at=registration.expires_at)


@router.post("/visitors", status_code=202)
async def ask_for_visitors_account(
    body: NewVisitor, request: Request, service: IdentityDep, session: SessionDep
) -> RegistrationView:
    """Ask for a visitor's account by border number, passport or both. The answer is the same for everybody."""
    await see_as_part(service, session, _PART)
    said = body.passport
    registration = await register(
        service,
        session,
        person=body.border_number or "",
        mobile=body.mobile,
        email=body.email,
        language=body.language,
        source=source_of(request),
        passport=Passport(said.number, said.nationality, said.born_on.isoformat()) if said else None,
    )
    return RegistrationView(registration=registration.id, expires_at=registration.expires_at)


@router.post("/confirmations", status_code=201, response_model=AccountView)
async def confirm_account(
    body: NewConfirmation, request: Request, service: IdentityDep, session: SessionDep
) -> AccountView | Response:
    """Confirm by the code and set the password. But for visitors with a passport, activation at a desk is next."""
    await see_as_part(service, session, _PART)
    most = service.rules().number("identity.registration.most_confirmations")
    source = Limit("confirmation", source_of(request), [(_HOUR, most)])
    if wait := await take(service, session, [source], service.clock.now()):
        return problem_response(request, service.texts, "too-many-registrations", 429, retry_after=wait)
    registration = await open_registration(session, body.registration, service.clock.now())
    check_password(service, body.password, registration.person if registration else "")
    password_hash = await service.passwords.hash(body.password)
    account = await confirm(service, session, body.registration, body.code, password_hash)
    if account is None:
        # Answered, not raised: the guess that was spent must be committed.
        return problem_response(request, service.texts, "code-not-right", 409)
    if registration is not None and registration.proved_by_passport:
        await activate_self(service, session, account, registration)
    return account_view(service, account)
