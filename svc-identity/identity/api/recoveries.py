"""`/v1/recoveries` and `/v1/mobile-changes/undo`: ways back for those who cannot sign in. Answers tell nobody who has an account."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from chassis.http.problems import problem_response
from chassis.http.unit import SessionDep, UnitRoute, anonymous
from contracts.values import HolderNumber, Mobile
from identity.actions.change_mobile import undo_change
from identity.actions.confirm import check_password
from identity.actions.limit import Limit, take
from identity.actions.recover import Recovered, begin_recovery, confirm_recovery
from identity.api.parts import IdentityDep, see_as_part, source_of
from identity.api.schemas import Language, RecoveryView, Secret, Strict
from identity.models import Recovery

router = APIRouter(tags=["accounts"], route_class=UnitRoute, dependencies=[Depends(anonymous)])
_PART = "recovery"
_HOUR = 3_600


class NewRecovery(Strict):
    """Whose account, and the mobile it is bound to."""

    number: HolderNumber
    mobile: Mobile
    language: Language = "ar"


class NewPassword(Strict):
    """The code or temporary password that came by text, the number of one's passport, and the password to be."""

    recovery: UUID
    code: str = Field(min_length=4, max_length=20)
    document_number: str = Field(min_length=3, max_length=20)
    password: Secret
    proof: str = Field("", max_length=40, description="the authenticator's code or a recovery code, where there is one")


class Done(BaseModel):
    done: bool = True


class UndoWord(Strict):
    word: str = Field(min_length=8, max_length=40)


@router.post("/v1/recoveries", status_code=202)
async def ask_for_recovery(
    body: NewRecovery, request: Request, service: IdentityDep, session: SessionDep
) -> RecoveryView:
    """Ask for a way in: the first time, or with the password forgotten. The answer is the same for every number."""
    await see_as_part(service, session, _PART)
    recovery = await begin_recovery(
        service,
        session,
        person=body.number,
        mobile=body.mobile,
        language=body.language,
        source=source_of(request),
    )
    return RecoveryView(recovery=recovery.id, expires_at=recovery.expires_at)


@router.post("/v1/recoveries/confirmations", response_model=Done)
async def set_new_password(
    body: NewPassword, request: Request, service: IdentityDep, session: SessionDep
) -> Done | Response:
    """Set the password. Every session of the account ends; sign in anew."""
    await see_as_part(service, session, _PART)
    most = service.rules().number("identity.recovery.most_confirmations")
    source = Limit("recovery-confirmation", source_of(request), [(_HOUR, most)])
    if wait := await take(service, session, [source], service.clock.now()):
        return problem_response(request, service.texts, "too-many-recoveries", 429, retry_after=wait)
    recovery = await session.get(Recovery, body.recovery)
    check_password(service, body.password, recovery.person if recovery else "")
    password_hash = await service.passwords.hash(body.password)
    became = await confirm_recovery(
        service,
        session,
        body.recovery,
        code=body.code,
        document_number=body.document_number,
        proof=body.proof,
        password_hash=password_hash,
    )
    # Answered, not raised: what was guessed must be committed.
    if became is Recovered.NOT_RIGHT:
        return problem_response(request, service.texts, "code-not-right", 409)
    if became is Recovered.STRONGER_NEEDED:
        return problem_response(request, service.texts, "stronger-proof-needed", 409)
    return Done()


@router.post("/v1/mobile-changes/undo", response_model=Done)
async def undo_mobile_change(
    body: UndoWord, request: Request, service: IdentityDep, session: SessionDep
) -> Done | Response:
    """Undo a change of mobile by the word that came to the old one."""
    await see_as_part(service, session, _PART)
    if not await undo_change(service, session, body.word, source_of(request)):
        return problem_response(request, service.texts, "code-not-right", 409)
    return Done()
