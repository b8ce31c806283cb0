"""Amend: the holder changes how they are addressed; whoever writes to them is told."""

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find
from chassis.database import Session
from identity.actions.activate import tell_contact
from identity.models import Account
from identity.wiring import Identity


async def amend(service: Identity, session: Session, principal: Principal, *, language: str) -> Account:
    """Change the language of pages and messages. Raises NotFound."""
    account = await find(session, sa.select(Account).where(Account.person == principal.subject).with_for_update())
    if account.language == language:
        return account
    account.language = language
    audit.act(
        session,
        service,
        principal,
        standing="self",
        person=account.person,
        action="amend",
        object_=str(account.id),
    )
    await session.flush()
    await tell_contact(service, session, account)
    return account
