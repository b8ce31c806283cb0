"""The operators' door: what waits for other bodies, what is blocked and why, one case's way. No name and no number."""

from fastapi import APIRouter

from chassis.ops import OpsKit
from contracts.authority import StaffRole
from residency.ops import cases
from residency.ops.cards import cards
from residency.wiring import Residency

OPERATORS = frozenset({StaffRole.OPERATOR})
STAFF = frozenset({StaffRole.OFFICER})


def create_ops(service: Residency) -> APIRouter:
    """Everything under `/ops/residency`. Officers look; operators may have a case looked at again."""
    kit = OpsKit(service, operators=OPERATORS, staff=STAFF, cards=cards(service))
    cases.add(kit, service, OPERATORS | STAFF, OPERATORS)
    return kit.mounted()
