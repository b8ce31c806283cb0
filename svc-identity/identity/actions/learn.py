"""Learn: the registry has answered about a person; relations follow, the dead lose access."""

from chassis.database import Session
from identity.actions.relate import relate
from identity.actions.suspend import suspend_deceased
from identity.domain.account import may_issue
from identity.queries import account_of, person_in, registry_person
from identity.wiring import Identity


async def learn(service: Identity, session: Session, subject: str) -> None:
    """Take the newest answer about one person into everything that rests on it."""
    person = person_in(await registry_person(service, session, subject))
    account = await account_of(session, subject, lock=True)
    if person is None or account is None or not may_issue(account.status):
        return
    if person.alive:
        await relate(service, session, person)
    else:
        await suspend_deceased(service, session, account)
