"""Identity's second process: events out, questions to the registry, texts, deadlines."""

from chassis.events.bus import Bus
from chassis.worker import Worker
from identity.senders import senders
from identity.timers import timers
from identity.wiring import Identity


def create_worker(service: Identity, bus: Bus) -> Worker:
    """The loops of identity. It listens to no event: others copy what it says."""
    return Worker(service, bus, timers=timers, senders=senders())
