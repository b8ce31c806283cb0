"""The one deadline of notify: the sweep over notices whose time has come, which arms itself again."""

import asyncio
from datetime import timedelta

from chassis.database import Session, Sight, is_away
from chassis.timers import Timers, arm
from notify.actions.sweep import BATCH, sweep
from notify.wiring import Notify

SWEEP = "notice_sweep"
ALL = "notices"
SIGHT = Sight.system("timers")

timers = Timers()


@timers.on(SWEEP)
async def sweep_notices(service: Notify, session: Session, subject: str) -> None:
    looked_at = await sweep(service, session)
    pause = 0.0 if looked_at == BATCH else service.sweep_s
    await arm(session, SWEEP, subject, service.clock.now() + timedelta(seconds=pause))


async def begin_sweeping(service: Notify, stopping: asyncio.Event) -> None:
    """Arm the sweep when a worker starts: somebody has to begin, and one that died is healed by a restart."""
    while not stopping.is_set():
        try:
            async with service.database.transaction(SIGHT) as session:
                await arm(session, SWEEP, ALL, service.clock.now())
            return
        except Exception as error:  # edge: a worker may start before its database answers
            if not is_away(error):
                raise
            await asyncio.sleep(service.sweep_s)
