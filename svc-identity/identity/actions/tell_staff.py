"""Tell members of staff, by letter to the e-mail they proved: no other service knows how staff are reached, and none need to.

A letter names roles, offices and references, and nobody. Who has proved no e-mail sees it in the staff's browser alone.
"""

from collections.abc import Collection

import sqlalchemy as sa

from chassis.audit.guard import nothing_personal
from chassis.catalogue import Language
from chassis.clock import civil_minute
from chassis.database import Session
from contracts.events_audit import LooksAlarmed
from identity.actions.challenge import site_of
from identity.domain.account import Status as AccountStatus
from identity.domain.role_change import Status
from identity.models import Account, RoleChange
from identity.queries_roles import administrators
from identity.wiring import Identity
from partners.intents.letters import send_letter


async def tell_of_proposal(service: Identity, session: Session, change: RoleChange) -> None:
    """Every administrator who could decide it hears that it waits."""
    deciders = await administrators(session, service.clock.now()) - {change.proposed_by, change.person}
    until = civil_minute(change.expires_at)
    await _write(service, session, deciders, "role_change_waits", _words_of(change) | {"until": until}, str(change.id))


async def tell_of_outcome(service: Identity, session: Session, change: RoleChange) -> None:
    """Whose role it is hears what was decided, and so does whoever proposed it."""
    if change.status not in (Status.APPROVED, Status.REFUSED):
        return
    about = {"outcome": f"role_change.state.{change.status}"}
    words, reference = _words_of(change) | about, f"{change.id}:{change.version}"
    await _write(service, session, {change.person}, "own_role_decided", words, reference)
    await _write(service, session, {change.proposed_by} - {change.person}, "role_change_decided", words, reference)


async def tell_of_alarm(service: Identity, session: Session, alarm: LooksAlarmed) -> None:
    """The administrators of now, but for whom it is about, hear of an alarm in any service."""
    supervisors = await administrators(session, service.clock.now()) - {alarm.actor}
    words = {
        "kind": f"looks_alarm.{alarm.kind}",
        "service": f"looks_alarm.of.{alarm.producer()}",
        "at": civil_minute(alarm.at),
    }
    await _write(service, session, supervisors, "looks_alarm", words, str(alarm.alarm_id))


def _words_of(change: RoleChange) -> dict[str, str]:
    return {
        "reference": change.reference,
        "role": f"role.{change.role}",
        "office": change.office,
        "direction": f"role_change.direction.{change.direction}",
    }


async def _write(
    service: Identity, session: Session, people: Collection[str], what: str, words: dict[str, str], reference: str
) -> None:
    """Letter `letter.<what>` with the words of `notice.<what>`; a word that is a text's key is said in the language."""
    statement = sa.select(Account).where(Account.person.in_(people), Account.status == AccountStatus.ACTIVE)
    accounts = list(await session.scalars(statement.order_by(Account.id)))
    nothing_personal(session, accounts)  # nothing of them is shown: they are written to
    for account in accounts:
        if account.verified_email is None:
            continue
        language: Language = "en" if account.language == "en" else "ar"
        said = {name: _said(service, word, language) for name, word in words.items()} | {"site": site_of(service)}
        await send_letter(
            session,
            service,
            to=account.verified_email,
            subject=service.texts.say(f"letter.{what}", language, **said),
            text=service.texts.say(f"notice.{what}", language, **said),
            language=language,
            about=str(account.id),
            reference=f"{what}:{reference}:{account.id}",
        )


def _said(service: Identity, word: str, language: Language) -> str:
    return service.texts.say(word, language) if word in service.texts else word
