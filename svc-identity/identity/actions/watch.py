"""Watching what strangers can make us pay for: a prefix that is texted much and answers little raises an alarm."""

import structlog

from chassis.database import Session
from identity.actions.limit import Limit, take
from identity.actions.tally import tally
from identity.figures import pumped_prefixes
from identity.wiring import Identity

PUMPING = "code.pumping"
_HOUR = 3_600
log = structlog.get_logger()


async def watch_prefix(service: Identity, session: Session, prefix: str) -> None:
    """Raise the alarm, once an hour and prefix, when codes go there and are not used. Nothing is stopped by it: limits do."""
    for pumped in await pumped_prefixes(service, session, prefix):
        once = Limit(PUMPING, prefix, [(_HOUR, 1)])
        if await take(service, session, [once], service.clock.now()) == 0:
            log.warning(PUMPING, prefix=prefix, sent=pumped.sent, used=pumped.used)
            await tally(service, session, PUMPING)
