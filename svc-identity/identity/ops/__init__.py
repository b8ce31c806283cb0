"""The staff door of identity: the activation desk for clerks, accounts and invitations for administrators."""

from fastapi import APIRouter

from chassis.ops import OpsKit
from contracts.authority import StaffRole
from identity.ops import accounts, activations
from identity.ops.cards import cards
from identity.wiring import Identity


def create_ops(service: Identity) -> APIRouter:
    """Everything under `/ops/identity`."""
    kit = OpsKit(
        service,
        operators=(StaffRole.OPERATOR,),
        staff=(StaffRole.CLERK, StaffRole.ADMINISTRATOR),
        cards=cards(service),
    )
    activations.add(kit, service)
    accounts.add(kit, service)
    return kit.mounted()
