"""Fees of a case from the person's prepaid balance: reserved, then consumed or released, each under its own sequence."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from chassis.database import Session
from chassis.intents import Done, Intent, NeverArrived, Outcome, Refused, Sender, intend
from chassis.wiring import Service
from partners.body import Refused as BodyRefused
from partners.body import Unreachable

Step = Literal["reserve", "consume", "release"]
LANE = 4


@dataclass(frozen=True)
class FeeOutcome:
    """What the payment body did. `reason` is its slug when it refused."""

    case_id: UUID
    attempt: int
    step: Step
    ok: bool
    amount_minor: int
    reason: str | None = None


Settled = Callable[[Any, Session, FeeOutcome], Awaitable[None]]


def sequence_of(case_id: UUID, step: Step, attempt: int) -> str:
    """The name the payment body knows this step of this case by, for ever."""
    return f"{case_id}:{step}:{attempt}"


async def reserve_fee(
    session: Session, service: Service, *, case_id: UUID, payer: str, service_code: str, amount_minor: int, attempt: int
) -> None:
    """Set aside a fee from the payer's balance for one case. A new try after a refusal is a new `attempt`."""
    body = {
        "case": str(case_id),
        "attempt": attempt,
        "payer": payer,
        "service_code": service_code,
        "amount_minor": amount_minor,
    }
    await intend(session, service, "fee.reserve", body, reference=sequence_of(case_id, "reserve", attempt), lane=LANE)


async def consume_fee(session: Session, service: Service, *, case_id: UUID, attempt: int) -> None:
    """Spend what `attempt` reserved: final."""
    await _close(session, service, "consume", case_id, attempt)


async def release_fee(session: Session, service: Service, *, case_id: UUID, attempt: int) -> None:
    """Give back what `attempt` reserved."""
    await _close(session, service, "release", case_id, attempt)


async def _close(session: Session, service: Service, step: Step, case_id: UUID, attempt: int) -> None:
    body = {"case": str(case_id), "attempt": attempt}
    await intend(session, service, f"fee.{step}", body, reference=sequence_of(case_id, step, attempt), lane=LANE)


class FeeSender:
    """Carries one step out; `settled` takes the outcome in, in the transaction that closes the intent."""

    def __init__(self, step: Step, settled: Settled) -> None:
        self._step = step
        self._settled = settled

    async def send(self, service: Any, intent: Intent) -> Outcome:
        body = intent.body
        try:
            if self._step == "reserve":
                act = await service.payments.reserve(
                    intent.reference, body["payer"], body["service_code"], body["amount_minor"]
                )
            else:
                reservation = sequence_of(UUID(body["case"]), "reserve", body["attempt"])
                call = service.payments.consume if self._step == "consume" else service.payments.release
                act = await call(intent.reference, reservation)
        except BodyRefused as no:
            if no.passing:
                raise Unreachable(no.body, no.slug, never_sent=True) from no
            return Refused(no.slug)
        return Done({"amount_minor": act.amount_minor, "reference": act.reference})

    async def ask(self, service: Any, intent: Intent) -> Outcome | NeverArrived:
        known = await service.payments.outcome(intent.reference)
        if known.outcome == "done":
            return Done({"amount_minor": known.amount_minor or 0, "reference": known.act_reference})
        if known.outcome == "refused":
            return Refused(known.slug or "refused")
        return NeverArrived()

    async def settle(self, service: Any, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        ok = isinstance(outcome, Done)
        amount = int(outcome.outcome.get("amount_minor", 0))
        reason = outcome.reason if isinstance(outcome, Refused) else None
        case_id, attempt = UUID(intent.body["case"]), int(intent.body["attempt"])
        await self._settled(service, session, FeeOutcome(case_id, attempt, self._step, ok, amount, reason))


class FeeSenders:
    """The three senders a service registers with its worker."""

    def __init__(self, settled: Settled) -> None:
        self._settled = settled

    def all(self) -> dict[str, Sender]:
        steps: tuple[Step, ...] = ("reserve", "consume", "release")
        return {f"fee.{step}": FeeSender(step, self._settled) for step in steps}
