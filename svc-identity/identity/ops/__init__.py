"""The staff door of identity: the activation desk for clerks, sign-ins in figures; accounts, invitations and roles for administrators."""

from fastapi import APIRouter

from chassis.ops import OpsKit
from contracts.authority import StaffRole
from identity.ops import accounts, activations, funnel, roles
from identity.ops.cards import cards
from identity.ops.charts import charts
from identity.wiring import Identity


def create_ops(service: Identity) -> APIRouter:
    """Everything under `/ops/identity`."""
    kit = OpsKit(
        service,
        operators=(StaffRole.OPERATOR,),
        staff=(StaffRole.CLERK, StaffRole.ADMINISTRATOR),
        cards=cards(service),
        charts=charts(service),
    )
    activations.add(kit, service)
    accounts.add(kit, service)
    roles.add(kit, service)
    funnel.add(kit, service)
    return kit.mounted()
