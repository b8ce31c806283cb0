"""What leaves identity: questions to the registry, texts and letters, and what happens when they are answered."""

import json
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa

from chassis import facts
from chassis.database import Session
from chassis.intents import Done, Intent, NeverArrived, Outcome, Refused, Sender
from identity.actions import change_mobile, recover
from identity.actions.learn import learn
from identity.actions.register import CHECK, PASSPORT_CHECK, name_visitor, resume_registration
from identity.actions.tell_clients import KIND as LOGOUT
from identity.domain.account import Kind
from identity.models import Challenge
from identity.oauth.logout import LogoutSender
from identity.queries import REGISTRY_PERSON
from identity.wiring import Identity
from partners.body import Refused as BodyRefused
from partners.body import Unreachable
from partners.intents.facts import FactSenders
from partners.intents.letters import KIND as LETTER
from partners.intents.letters import LetterSender
from partners.intents.texts import KIND, TextSender
from partners.registry import Person


class Resume(Protocol):
    """Goes on with what waited for the registry's answer."""

    async def __call__(
        self, service: Identity, session: Session, waiting: UUID, /, *, mobile_is_theirs: bool
    ) -> None: ...


async def _answered(service: Identity, session: Session, subject: str, kind: str) -> None:
    await learn(service, session, subject)


async def _texted(service: Identity, session: Session, intent: Intent, outcome: Done | Refused) -> None:
    """Note when the operator had taken a code, by which delivery is measured."""
    if not intent.reference.startswith("code:") or not isinstance(outcome, Done):
        return
    await session.execute(
        sa.update(Challenge)
        .where(Challenge.id == UUID(intent.body["about"]))
        .values(delivered_at=service.clock.now())
        .execution_options(synchronize_session=False)
    )


class MobileCheck:
    """Asks the registry who a number is and whether the mobile is theirs; repeating a question does no harm.

    What waited for it is named in the intent's body under `body` and taken up by `resume`.
    """

    def __init__(self, body: str, resume: Resume) -> None:
        self._body = body
        self._resume = resume

    async def send(self, service: Identity, intent: Intent) -> Outcome:
        asked = json.loads(intent.sealed or "{}")
        try:
            person = await self._who(service, asked)
            match = await service.registry.mobile_matches(person.number, asked["mobile"])
        except BodyRefused as no:
            if no.passing:
                raise Unreachable(no.body, no.slug, never_sent=True) from no
            return Done({"value": {"unknown": no.slug}, "reference": no.reference, "mobile_is_theirs": False})
        value = person.model_dump(mode="json")
        return Done({"value": value, "reference": person.reference, "mobile_is_theirs": match.matches})

    async def _who(self, service: Identity, asked: dict[str, Any]) -> Person:
        return await service.registry.person(asked["number"])

    async def ask(self, service: Identity, intent: Intent) -> Outcome | NeverArrived:
        return NeverArrived()

    async def settle(self, service: Identity, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        subject = json.loads(intent.sealed or "{}")["number"]
        await self._take_in(service, session, intent, subject, outcome.outcome)

    async def _take_in(
        self, service: Identity, session: Session, intent: Intent, subject: str, told: dict[str, Any]
    ) -> None:
        await facts.keep(
            session,
            subject,
            REGISTRY_PERSON,
            told["value"],
            source="registry",
            reference=told["reference"],
            now=service.clock.now(),
        )
        await self._resume(service, session, UUID(intent.body[self._body]), mobile_is_theirs=told["mobile_is_theirs"])
        await learn(service, session, subject)


class PassportCheck(MobileCheck):
    """The same of a visitor who says what their passport says. What does not agree names nobody."""

    async def _who(self, service: Identity, asked: dict[str, Any]) -> Person:
        born_on = date.fromisoformat(asked["born_on"])
        person = await service.registry.visitor(asked["passport"], asked["nationality"], born_on)
        if str(person.kind) != Kind.VISITOR or asked["number"] not in ("", person.number):
            raise BodyRefused("registry", "person-unknown", status=404)
        return person

    async def settle(self, service: Identity, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        found, registration = outcome.outcome, UUID(intent.body["registration"])
        if (subject := found["value"].get("number")) is None:
            # Nothing is learnt of the border number that may have come with it: a stranger would make it unknown.
            await resume_registration(service, session, registration, mobile_is_theirs=False)
            return
        await name_visitor(session, registration, subject)
        await self._take_in(service, session, intent, subject, found)


def senders() -> dict[str, Sender]:
    """By kind of intent."""
    facts_asked = FactSenders(_answered).all([REGISTRY_PERSON])
    return {
        **facts_asked,
        CHECK: MobileCheck("registration", resume_registration),
        PASSPORT_CHECK: PassportCheck("registration", resume_registration),
        recover.CHECK: MobileCheck("recovery", recover.resume_recovery),
        change_mobile.CHECK: MobileCheck("change", change_mobile.resume_change),
        KIND: TextSender(_texted),
        LETTER: LetterSender(),
        LOGOUT: LogoutSender(),
    }
