"""The specialists' desk: what waits by its promise, one ticket with its thread, and what can be done with it."""

from fastapi import APIRouter

from chassis.ops import OpsKit
from contracts.authority import StaffRole
from support.ops import tickets
from support.ops.cards import cards
from support.wiring import Support

SPECIALISTS = frozenset({StaffRole.OFFICER})
OPERATORS = frozenset({StaffRole.OPERATOR})


def create_ops(service: Support) -> APIRouter:
    """The ops door of support with its sections."""
    kit = OpsKit(service, operators=OPERATORS, staff=SPECIALISTS, cards=cards(service))
    tickets.add(kit, service, SPECIALISTS)
    return kit.mounted()
