"""Identity's second process: events out, questions to the registry, texts, deadlines."""

from collections.abc import Collection
from functools import partial
from typing import cast

from chassis.events.bus import Bus
from chassis.events.pulse import Pulse
from chassis.worker import PARTS, Loop, Worker
from contracts.events import RelationChanged, RelationsCurrent
from identity.intake import Intake
from identity.reactions import reactions
from identity.senders import senders
from identity.timers import begin_forgetting, timers
from identity.wiring import NAME, Identity

PULSE = Pulse(frozenset({RelationChanged.key}), lambda as_of: RelationsCurrent(source=NAME, as_of=as_of))


class IdentityWorker(Worker):
    """A worker whose first deadline is armed at its start."""

    def loops(self, parts: Collection[str] = PARTS) -> list[Loop]:
        """The loops of the named parts."""
        loops = super().loops(parts)
        service = cast(Identity, self.service)
        if "timers" in parts:
            loops.append(partial(begin_forgetting, service))
        if "senders" in parts:
            loops.append(Intake(service).run)
        return loops


def create_worker(service: Identity, bus: Bus) -> Worker:
    """The loops of identity."""
    return IdentityWorker(service, bus, reactions, timers=timers, senders=senders(), pulse=PULSE)
