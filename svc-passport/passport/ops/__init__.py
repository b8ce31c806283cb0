"""Staff's pages of this service: officers decide, clerks match old booklets, operators mend prints."""

from fastapi import APIRouter

from chassis.ops import OpsKit
from contracts.authority import StaffRole
from passport.ops import cases, counter, prints
from passport.ops.cards import cards
from passport.wiring import Passport

OFFICERS = frozenset({StaffRole.OFFICER})
CLERKS = frozenset({StaffRole.CLERK})
OPERATORS = frozenset({StaffRole.OPERATOR})


def create_ops(service: Passport) -> APIRouter:
    """Everything under `/ops/passport`."""
    kit = OpsKit(service, operators=OPERATORS, staff=OFFICERS | CLERKS, cards=cards(service))
    cases.add(kit, service, OFFICERS)
    counter.add(kit, service, CLERKS)
    prints.add(kit, service, OPERATORS)
    return kit.mounted()
