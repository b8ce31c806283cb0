"""`/v1/me/relations`: for whom I may act, and since when; what other services ask when their copy is not to be believed."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from chassis.clock import machine_now
from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from chassis.models import RelationRow
from chassis.refusals import Unauthenticated
from contracts.authority import PERSON_RELATIONS, Relation
from identity.domain.account import may_issue
from identity.models import Account, SignedIn
from identity.queries import live
from identity.wiring import NAME

router = APIRouter(prefix="/v1/me/relations", tags=["me"], route_class=UnitRoute)
AT_ONCE = 1_000
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class RelationView(BaseModel):
    """A relation from me, or from whoever authorised me, ended ones included; the fields of the event that announces it."""

    relation_id: UUID
    relation: str
    subject: str
    object: str
    starts_at: datetime
    ends_at: datetime | None
    scope: str | None
    narrowed_to: str | None
    uses_allowed: int | None
    changed_at: datetime | None


class RelationsView(BaseModel):
    """What changed since an instant, oldest first. `more`: there is more than is told at once."""

    items: list[RelationView]
    more: bool


@router.get("")
async def list_my_relations(
    principal: PrincipalDep,
    session: SessionDep,
    since: Annotated[AwareDatetime | None, Query(description="only what changed after this")] = None,
) -> RelationsView:
    """For whom I may act. Refused, unlike other reads, as soon as my session has ended or my account is stopped."""
    await _still_signed_in(session, principal.session_id)
    found = list(
        await session.scalars(
            sa.select(RelationRow)
            .where(
                sa.or_(RelationRow.subject == principal.subject, _of_my_grantors(principal.subject)),
                RelationRow.source == NAME,
                RelationRow.changed_at > (since or EVER),
            )
            .order_by(RelationRow.changed_at)
            .limit(AT_ONCE + 1)
        )
    )
    return RelationsView(items=[_view(row) for row in found[:AT_ONCE]], more=len(found) > AT_ONCE)


def _of_my_grantors(person: str) -> sa.ColumnElement[bool]:
    """For whom they stand in is what a grant of theirs is good for."""
    given = sa.orm.aliased(RelationRow)
    grantors = sa.select(given.object).where(given.relation == Relation.GRANTEE, given.subject == person)
    return sa.and_(RelationRow.subject.in_(grantors), RelationRow.relation.in_([str(r) for r in PERSON_RELATIONS]))


async def _still_signed_in(session: Any, session_id: str) -> None:
    status = await session.scalar(
        sa.select(Account.status)
        .join(SignedIn, SignedIn.account_id == Account.id)
        .where(SignedIn.id == UUID(session_id), live(machine_now()))
    )
    if status is None or not may_issue(status):
        raise Unauthenticated("token-refused")


def _view(row: RelationRow) -> RelationView:
    return RelationView(
        relation_id=row.id, **{name: getattr(row, name) for name in RelationView.model_fields if name != "relation_id"}
    )
