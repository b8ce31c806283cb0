"""Rows as people see them."""

from chassis.database import Session
from chassis.http.problems import requirement_view
from chassis.requirements import examine
from identity.actions.activate import facts_of
from identity.api.schemas import AccountAtDeskView, AccountView, ActivationView, SessionView, StateView
from identity.domain.account import ACCOUNT, Action, Kind, Status
from identity.domain.proofs import acr_of
from identity.domain.states import STATE
from identity.models import Account, SignedIn
from identity.wiring import Identity

_SHOWN_DIGITS = 3


def state_view(service: Identity, status: str) -> StateView:
    word = STATE[Status(status)]
    return StateView(state=word, texts=service.texts.both(f"state.{word}"))


def names_of(account: Account) -> dict[str, str] | None:
    if account.name_ar is None or account.name_en is None:
        return None
    return {"ar": account.name_ar, "en": account.name_en}


def account_view(service: Identity, account: Account) -> AccountView:
    word = "next_step.activate_visitor" if account.kind == Kind.VISITOR else "next_step.activate"
    next_step = service.texts.both(word) if account.status == Status.REGISTERED else None
    return AccountView(
        id=account.id,
        reference=account.reference,
        kind=account.kind,
        status=account.status,
        state=state_view(service, account.status),
        names=names_of(account),
        mobile=ending_of(account.mobile),
        email=account.email,
        email_verified=account.verified_email is not None,
        language=account.language,
        opened_at=account.opened_at,
        next_step=next_step,
    )


def account_at_desk_view(service: Identity, account: Account) -> AccountAtDeskView:
    return AccountAtDeskView(
        id=account.id,
        reference=account.reference,
        kind=account.kind,
        status=account.status,
        state=state_view(service, account.status),
        opened_at=account.opened_at,
    )


def session_view(session: SignedIn, this_one: str) -> SessionView:
    return SessionView(
        id=session.id,
        device=session.device,
        place=session.place,
        acr=acr_of(session.second),
        device_new_since=session.device_new_since,
        signed_in_at=session.signed_in_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
        is_this_one=str(session.id) == this_one,
    )


async def activation_view(service: Identity, session: Session, account: Account, clerk: str) -> ActivationView:
    """The account in hand, with every requirement of its activation as it stands before the document is read."""
    rules, found = service.rules(), []
    if account.status == Status.REGISTERED:
        move = next(each for each in ACCOUNT.moves if each.action is Action.ACTIVATE)
        found = examine(move.needs, await facts_of(service, session, account, clerk=clerk))
    return ActivationView(
        id=account.id,
        reference=account.reference,
        number=account.person,
        kind=account.kind,
        status=account.status,
        state=state_view(service, account.status),
        names=names_of(account),
        mobile_ending=ending_of(account.mobile),
        waiting_since=account.moved_at,
        requirements=[requirement_view(finding, service.texts, rules) for finding in found],
    )


def ending_of(mobile: str | None) -> str | None:
    """Enough of a mobile to recognise one's own."""
    return None if mobile is None else f"…{mobile[-_SHOWN_DIGITS:]}"
