"""The one deadline of notify: the sweep over notices whose time has come, which arms itself again."""

from datetime import timedelta

from chassis.database import Session
from chassis.timers import Timers, arm
from notify.actions.sweep import BATCH, sweep
from notify.service import Notify

SWEEP = "notice_sweep"
ALL = "notices"

timers = Timers()


@timers.on(SWEEP)
async def sweep_notices(service: Notify, session: Session, subject: str) -> None:
    looked_at = await sweep(service, session)
    pause = 0.0 if looked_at == BATCH else service.sweep_s
    await arm(session, SWEEP, subject, service.clock.now() + timedelta(seconds=pause))
