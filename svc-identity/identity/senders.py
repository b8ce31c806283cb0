"""What leaves identity: questions to the registry and texts, and what happens when they are answered."""

from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session
from chassis.intents import Done, Intent, Refused, Sender
from identity.actions.learn import learn
from identity.models import Challenge
from identity.queries import REGISTRY_PERSON
from identity.wiring import Identity
from partners.intents.facts import FactSenders
from partners.intents.texts import KIND, TextSender


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


def senders() -> dict[str, Sender]:
    """By kind of intent."""
    return {**FactSenders(_answered).all([REGISTRY_PERSON]), KIND: TextSender(_texted)}
