"""Confirm: the code proves the mobile, the password is set, the account is registered and waits for its activation."""

from datetime import timedelta
from uuid import UUID

from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.refusals import Invalid
from chassis.timers import arm
from contracts.values import kind_of
from identity.actions.challenge import REGISTRATION, accept_code
from identity.actions.tally import tally_move
from identity.domain.account import AccountFacts, Action, Status
from identity.domain.passwords import faults_of
from identity.models import Account, Registration
from identity.queries import account_of, open_registration
from identity.wiring import Identity

LAPSE_TIMER = "registration_lapses"


class PasswordNotGood(Invalid):
    """The password breaks the rule; the details name every way in which it does."""

    slug = "password-not-good"


def check_password(service: Identity, password: str, number: str) -> None:
    """Raises PasswordNotGood with every fault."""
    if faults := faults_of(password, number, service.rules().table("identity.password.shape")):
        raise PasswordNotGood(details={"faults": faults})


async def confirm(
    service: Identity, session: Session, registration_id: UUID, code: str, password_hash: str
) -> Account | None:
    """The account, registered; None for a code that is not this registration's. Commit either way."""
    now = service.clock.now()
    registration = await open_registration(session, registration_id, now)
    if not await accept_code(service, session, REGISTRATION, registration_id, code) or registration is None:
        return None
    account = await account_of(session, registration.person, lock=True)
    if account is not None and account.status in (Status.ACTIVE, Status.SUSPENDED):
        return None
    registration.confirmed_at = now
    before = account.status if account else None
    if account is None:
        account = _opened(registration, now)
        session.add(account)
    elif account.status == Status.LAPSED:
        facts = AccountFacts(today=service.clock.today(), kind=account.kind)
        account.move(session, Action.REGISTER, by="holder", actor=account.person, facts=facts, now=now)
    # The newest proof counts: whoever registered this number before cannot keep its holder out.
    account.mobile, account.mobile_index = registration.mobile, registration.mobile_index
    account.email, account.email_verified_at = registration.email, None
    account.language = registration.language
    account.password_hash, account.password_changed_at = password_hash, now
    await session.flush()
    days = service.rules().number("identity.registration.pending")
    await arm(session, LAPSE_TIMER, str(account.id), now + timedelta(days=days))
    if before != account.status:
        await tally_move(service, session, before, account.status)
    return account


def _opened(registration: Registration, now: object) -> Account:
    return Account(
        id=uuid7(),
        reference=new_reference("ACC"),
        person=registration.person,
        kind=kind_of(registration.person),
        status=Status.REGISTERED,
        version=0,
        language=registration.language,
        opened_at=now,
        moved_at=now,
    )
