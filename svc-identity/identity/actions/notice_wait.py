"""Notice that wrong passwords make an account wait: limits are kept under digests, and operators have to see whose."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from identity.actions.limit import digest_of
from identity.models import Account, Allowance, PasswordWait
from identity.wiring import Identity


async def notice_wait(service: Identity, session: Session, person: str, scope: str, key: str) -> None:
    """Write down that the hour's tries are used up, if they are. The same statement for a number nobody has."""
    most = service.rules().number("identity.password.wrong_an_hour")
    found = sa.select(Account.id, Account.person, sa.literal(service.clock.now())).where(
        Account.person == person,
        sa.exists().where(
            Allowance.scope == scope,
            Allowance.key == digest_of(service, scope, key),
            sa.func.cardinality(Allowance.uses) >= most,
        ),
    )
    new = insert(PasswordWait).from_select(["account_id", "person", "began_at"], found)
    await session.execute(
        new.on_conflict_do_update(index_elements=["account_id"], set_={"began_at": new.excluded.began_at})
    )
