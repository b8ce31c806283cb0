"""What leaves the house and how its outcome comes back: fees, facts, and the print of a booklet."""

from datetime import date
from typing import Final
from uuid import UUID

from chassis.database import Session
from chassis.intents import SIGHT as SENDERS
from chassis.intents import Done, Intent, NeverArrived, NotYet, Outcome, Refused, Sender
from partners.body import Refused as BodyRefused
from partners.body import Unreachable
from partners.intents.facts import FactSenders
from partners.intents.fees import FeeOutcome, FeeSenders
from partners.printing import DocumentFacts, PrintOrder
from passport.actions.order_print import KIND
from passport.actions.record_print import lines_of, print_refused, record_print
from passport.actions.settle_fee import settle_fee
from passport.actions.verify import resume
from passport.domain.reasons import SystemReason
from passport.queries import KINDS, any_application
from passport.wiring import Passport

DOCUMENT: Final = "passport"
LOOK_AGAIN_S = 1.0


async def _fee_settled(service: Passport, session: Session, outcome: FeeOutcome) -> None:
    await settle_fee(service, session, outcome)


async def _answered(service: Passport, session: Session, subject: str, kind: str) -> None:
    await resume(service, session, subject)


class PrintSender:
    """Has a booklet made: a number allotted, the zone written, the order placed, and asked about until it is good."""

    async def send(self, service: Passport, intent: Intent) -> Outcome:
        try:
            number = (await service.printing.reserve_number(intent.reference, DOCUMENT)).number
            facts = await _page(service, intent, number)
            order = await service.printing.order(intent.reference, DOCUMENT, number, facts)
        except BodyRefused as no:
            if no.passing:
                raise Unreachable(no.body, no.slug, never_sent=True) from no
            return Refused(no.slug)
        return _outcome(order)

    async def ask(self, service: Passport, intent: Intent) -> Outcome | NeverArrived:
        known = await service.printing.status(intent.reference)
        return NeverArrived() if known.order is None else _outcome(known.order)

    async def settle(self, service: Passport, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        application_id, attempt = UUID(intent.body["application"]), int(intent.body["attempt"])
        if isinstance(outcome, Refused):
            await print_refused(service, session, application_id, attempt, outcome.reason)
            return
        await record_print(
            service,
            session,
            application_id,
            attempt,
            number=outcome.outcome["number"],
            issued=date.fromisoformat(intent.body["issued_on"]),
            expires=date.fromisoformat(intent.body["expires_on"]),
        )


def _outcome(order: PrintOrder) -> Outcome:
    if order.state == "queued":
        return NotYet(LOOK_AGAIN_S)
    if order.state == "spoiled":
        return Refused(SystemReason.SPOILED, {"number": order.number})
    return Done({"number": order.number})


async def _page(service: Passport, intent: Intent, number: str) -> DocumentFacts:
    """What is printed, read in a transaction that is over before anybody is called."""
    async with service.database.transaction(SENDERS) as session:
        application = await any_application(session, UUID(intent.body["application"]), lock=False)
    assert application is not None
    assert application.reviewed is not None
    expires = date.fromisoformat(intent.body["expires_on"])
    return DocumentFacts(
        person=application.person,
        name_ar=application.reviewed["name_ar"],
        name_en=f"{application.given_names} {application.family_name}",
        nationality=application.reviewed["nationality"],
        sex=application.reviewed["sex"],
        born_on=date.fromisoformat(application.reviewed["born_on"]),
        issued_on=date.fromisoformat(intent.body["issued_on"]),
        expires_on=expires,
        mrz_lines=lines_of(application, number, expires),
    )


def create_senders() -> dict[str, Sender]:
    """Every kind of intent this service writes, with who carries it out."""
    return {**FeeSenders(_fee_settled).all(), **FactSenders(_answered).all(KINDS), KIND: PrintSender()}
