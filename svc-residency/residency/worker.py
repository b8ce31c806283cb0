"""The residency service's second process: relay, inbox, timers and senders."""

from chassis.events.bus import Bus
from chassis.worker import Worker
from residency.reactions import reactions
from residency.senders import create_senders
from residency.timers import timers
from residency.wiring import Residency


def create_worker(service: Residency, bus: Bus) -> Worker:
    """Everything this service does besides answering."""
    return Worker(service, bus, reactions, timers, create_senders())
