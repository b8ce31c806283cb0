"""The delivery desk: what is to be packed and handed over, what is late, what fits nothing, and one shipment's way."""

from fastapi import APIRouter

from chassis.ops import OpsKit
from contracts.authority import StaffRole
from delivery.ops import exceptions, packing, tracing
from delivery.ops.figures import cards
from delivery.wiring import Delivery

CLERKS = frozenset({StaffRole.CLERK})
OPERATORS = frozenset({StaffRole.OPERATOR})


def create_ops(service: Delivery) -> APIRouter:
    """The ops door of delivery with its sections."""
    kit = OpsKit(service, operators=OPERATORS, staff=CLERKS, cards=cards(service))
    packing.add(kit, service, CLERKS)
    tracing.add(kit, service, CLERKS | OPERATORS, OPERATORS)
    exceptions.add(kit, service, CLERKS | OPERATORS, OPERATORS)
    return kit.mounted()
