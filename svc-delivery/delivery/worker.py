"""Delivery's second process: events in and out, deadlines, and what is asked of the post."""

from chassis.events.bus import Bus
from chassis.worker import Worker
from delivery.reactions import reactions
from delivery.senders import all_senders
from delivery.timers import timers
from delivery.wiring import Delivery


def create_worker(service: Delivery, bus: Bus) -> Worker:
    """Put the loops together."""
    return Worker(service, bus, reactions, timers, all_senders())
