"""Identity's second process: events out, questions to the registry, texts, deadlines."""

from collections.abc import Collection
from functools import partial
from typing import cast

from chassis.events.bus import Bus
from chassis.worker import PARTS, Loop, Worker
from identity.senders import senders
from identity.timers import begin_forgetting, timers
from identity.wiring import Identity


class IdentityWorker(Worker):
    """A worker whose first deadline is armed at its start."""

    def loops(self, parts: Collection[str] = PARTS) -> list[Loop]:
        """The loops of the named parts."""
        loops = super().loops(parts)
        if "timers" in parts:
            loops.append(partial(begin_forgetting, cast(Identity, self.service)))
        return loops


def create_worker(service: Identity, bus: Bus) -> Worker:
    """The loops of identity. It listens to no event: others copy what it says."""
    return IdentityWorker(service, bus, timers=timers, senders=senders())
