"""Facts about people, asked of the body that keeps them and stored as rows with source, reference and age."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from chassis import facts
from chassis.database import Session
from chassis.intents import Done, Intent, NeverArrived, Outcome, Refused, Sender
from partners.body import Answer, Unreachable
from partners.body import Refused as BodyRefused

Answered = Callable[[Any, Session, str, str], Awaitable[None]]
Ask = Callable[[Any, str], Awaitable[Answer]]


async def _registry_person(service: Any, subject: str) -> Answer:
    answer: Answer = await service.registry.person(subject)
    return answer


async def _dues_open(service: Any, subject: str) -> Answer:
    answer: Answer = await service.dues.dues(subject)
    return answer


async def _insurance_policy(service: Any, subject: str) -> Answer:
    answer: Answer = await service.insurance.policy(subject)
    return answer


async def _labour_permit(service: Any, subject: str) -> Answer:
    answer: Answer = await service.labour.work_permit(subject)
    return answer


async def _health_report(service: Any, subject: str) -> Answer:
    answer: Answer = await service.health.medical_report(subject)
    return answer


async def _post_addresses(service: Any, subject: str) -> Answer:
    answer: Answer = await service.post.addresses(subject)
    return answer


async def _ports_movement(service: Any, subject: str) -> Answer:
    answer: Answer = await service.ports.movements(subject)
    return answer


BODIES: dict[str, Ask] = {
    "registry.person": _registry_person,
    "dues.open": _dues_open,
    "insurance.policy": _insurance_policy,
    "labour.permit": _labour_permit,
    "health.report": _health_report,
    "post.addresses": _post_addresses,
    "ports.movement": _ports_movement,
}


class FactSender:
    """Asks one kind of fact. A body that knows nobody by the number is an answer too: `{"unknown": slug}`."""

    def __init__(self, kind: str, answered: Answered) -> None:
        self._kind = kind
        self._answered = answered

    async def send(self, service: Any, intent: Intent) -> Outcome:
        try:
            answer = await BODIES[self._kind](service, intent.body["subject"])
        except BodyRefused as no:
            if no.passing:
                raise Unreachable(no.body, no.slug, never_sent=True) from no
            return Done({"value": {"unknown": no.slug}, "reference": no.reference})
        return Done({"value": answer.model_dump(mode="json"), "reference": answer.reference})

    async def ask(self, service: Any, intent: Intent) -> Outcome | NeverArrived:
        return NeverArrived()  # asking twice does no harm

    async def settle(self, service: Any, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        subject = intent.body["subject"]
        if isinstance(outcome, Done):
            source = self._kind.split(".", 1)[0]
            await facts.keep(
                session,
                subject,
                self._kind,
                outcome.outcome["value"],
                source=source,
                reference=outcome.outcome.get("reference"),
                now=service.clock.now(),
            )
        await self._answered(service, session, subject, self._kind)


class FactSenders:
    """The senders for the kinds of fact a service uses; `answered` resumes whatever waited for one."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered

    def all(self, kinds: Iterable[str]) -> dict[str, Sender]:
        return {f"fact.{kind}": FactSender(kind, self._answered) for kind in kinds}
