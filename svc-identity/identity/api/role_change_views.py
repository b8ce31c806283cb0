"""Role changes as administrators propose and see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.authority import Principal
from chassis.database import Session
from chassis.http.problems import requirement_view
from contracts.authority import StaffRole
from identity.actions.change_role import open_actions
from identity.api.authorisation_schemas import OpenActionView
from identity.api.schemas import StateView, Strict
from identity.domain.role_change import Direction
from identity.models import RoleChange
from identity.queries_roles import names_of
from identity.wiring import Identity

OfficeCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{2,40}$")]
Reason = Annotated[str, Field(min_length=3, max_length=500)]


class NewRoleChange(Strict):
    """Who shall get or lose which role, at which office, and why."""

    number: Annotated[str, Field(pattern=r"^S-[0-9]{6}$", description="the member of staff's number")]
    role: StaffRole
    office: OfficeCode
    direction: Direction
    reason: Reason


class RoleChangeView(BaseModel):
    """A role change. `actions`: what the reader may do with it, and what stands in the way."""

    id: UUID
    reference: str
    number: str
    names: dict[str, str] | None
    role: StaffRole
    office: str
    direction: Direction
    reason: str
    proposed_by: str
    decided_by: str | None
    status: str
    state: StateView
    opened_at: datetime
    expires_at: datetime
    actions: list[OpenActionView]


async def role_change_views(
    service: Identity, session: Session, principal: Principal, rows: Sequence[RoleChange]
) -> list[RoleChangeView]:
    """Each with what this administrator can do with it."""
    names = await names_of(session, {row.person for row in rows})
    return [await _view(service, session, principal, row, names.get(row.person, (None, None))) for row in rows]


async def _view(
    service: Identity, session: Session, principal: Principal, row: RoleChange, names: tuple[str | None, str | None]
) -> RoleChangeView:
    ar, en = names
    return RoleChangeView(
        id=row.id,
        reference=row.reference,
        number=row.person,
        names=None if ar is None or en is None else {"ar": ar, "en": en},
        role=StaffRole(row.role),
        office=row.office,
        direction=Direction(row.direction),
        reason=row.reason,
        proposed_by=row.proposed_by,
        decided_by=row.decided_by,
        status=row.status,
        state=StateView(state=row.status, texts=service.texts.both(f"role_change.state.{row.status}")),
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        actions=[
            OpenActionView(
                action=each.action,
                possible=each.is_possible,
                in_the_way=[requirement_view(finding, service.texts) for finding in each.in_the_way],
            )
            for each in await open_actions(service, session, principal, row)
        ],
    )
