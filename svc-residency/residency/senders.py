"""What leaves the house and how its outcome comes back: fees and facts."""

from chassis.database import Session
from chassis.intents import Sender
from partners.intents.facts import FactSenders
from partners.intents.fees import FeeOutcome, FeeSenders
from residency.actions.resume import resume
from residency.actions.settle_fee import settle_fee
from residency.gathering import KINDS
from residency.wiring import Residency


async def _fee_settled(service: Residency, session: Session, outcome: FeeOutcome) -> None:
    await settle_fee(service, session, outcome)


async def _answered(service: Residency, session: Session, subject: str, kind: str) -> None:
    await resume(service, session, subject, kind)


def create_senders() -> dict[str, Sender]:
    """Every kind of intent this service writes, with who carries it out."""
    return {**FeeSenders(_fee_settled).all(), **FactSenders(_answered).all(KINDS)}
