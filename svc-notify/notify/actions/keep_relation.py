"""Keep who stands in for whom, and tell a newcomer what was told a moment ago."""

from datetime import datetime, timedelta

from chassis.database import Session
from chassis.relation_copies import keep_relation as copy_relation
from contracts.events import RelationChanged
from notify import queries
from notify.actions.tell import address
from notify.domain.telling import BY_RELATION, RULES, Standing
from notify.wiring import Notify


async def keep_relation(service: Notify, session: Session, event: RelationChanged) -> None:
    """Take the relation over. Events of two services have no order between them, so one that came before is caught up."""
    if event.scope is not None:
        return  # good for something narrower than being told
    await copy_relation(session, event)
    if event.relation in BY_RELATION:
        await _catch_up(service, session, event)


async def _catch_up(service: Notify, session: Session, event: RelationChanged) -> None:
    window = timedelta(seconds=service.rules().number("notify.relation.caught_up"))
    for telling in await queries.told_lately(session, event.object, service.clock.now() - window):
        rule = RULES[telling.event]
        if Standing(event.relation) not in rule.to or not _held(event, telling.occurred_at):
            continue
        if event.subject in await queries.told_already(session, telling.event_id, [event.subject]):
            continue
        recipients = await queries.recipients_of(session, rule, telling)
        await address(service, session, telling, [each for each in recipients if each.person == event.subject])


def _held(event: RelationChanged, at: datetime) -> bool:
    return event.starts_at <= at and (event.ends_at is None or event.ends_at > at)
