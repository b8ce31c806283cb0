"""Tell: whoever changes what an account is signed in with, its owner hears of it."""

from typing import Literal

from chassis.database import Session
from chassis.events.outbox import record
from contracts.events import ProofChanged
from identity.domain.account import Kind
from identity.models import Account
from identity.wiring import Identity

Proof = Literal["passkey", "totp", "recovery_codes"]
Change = Literal["added", "removed", "used"]


async def tell_proof(service: Identity, session: Session, account: Account, proof: Proof, change: Change) -> None:
    """Say it as an event. Staff have no contact here: their administrators see it in the list of acts."""
    if account.kind == Kind.STAFF:
        return
    now = service.clock.now()
    event = ProofChanged(account_id=account.id, person=account.person, proof=proof, change=change, at=now)
    await record(session, event, now)
