"""The passport service's second process: relay, inbox, timers and senders."""

from chassis.events.bus import Bus
from chassis.worker import Worker
from passport.reactions import reactions
from passport.senders import create_senders
from passport.timers import timers
from passport.wiring import Passport


def create_worker(service: Passport, bus: Bus) -> Worker:
    """Everything this service does besides answering."""
    return Worker(service, bus, reactions, timers, create_senders())
