"""The second process of notify: relay, inbox, timers, senders, and the ear for delivery receipts."""

from collections.abc import Collection
from functools import partial
from typing import cast

from chassis.events.bus import Bus
from chassis.worker import PARTS, Loop, Worker
from notify.reactions import reactions
from notify.receipts import hear_receipts
from notify.senders import SENDERS
from notify.timers import begin_sweeping, timers
from notify.wiring import Notify


class NotifyWorker(Worker):
    """A worker that also hears receipts: they come on the SMPP session of the process that sends."""

    def loops(self, parts: Collection[str] = PARTS) -> list[Loop]:
        """The loops of the named parts; receipts belong to the senders."""
        loops = super().loops(parts)
        service = cast(Notify, self.service)
        if "timers" in parts:
            loops.append(partial(begin_sweeping, service))
        if "senders" in parts:
            loops.append(partial(hear_receipts, service))
        return loops


def create_worker(service: Notify, bus: Bus) -> Worker:
    """The worker of this service on a bus."""
    return NotifyWorker(service, bus, reactions=reactions, timers=timers, senders=SENDERS)
