"""Support's second process: events in and out, and deadlines."""

from chassis.events.bus import Bus
from chassis.worker import Worker
from support.reactions import reactions
from support.timers import timers
from support.wiring import Support


def create_worker(service: Support, bus: Bus) -> Worker:
    """Put the loops together."""
    return Worker(service, bus, reactions, timers)
