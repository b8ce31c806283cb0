"""End a person's memberships with their account: whoever is suspended or dead acts for no establishment any more.

A restored account is invited anew, also where it was the last owner: an administrator then opens the establishment again.
"""

import sqlalchemy as sa

from chassis.audit.guard import nothing_personal
from chassis.database import Session
from chassis.models import RelationRow
from contracts.authority import Actor
from identity.actions.relate import end_relation
from identity.domain.membership import UNDER_WAY, Action, MembershipFacts
from identity.models import Membership
from identity.wiring import NAME, Identity

NOT_ACTIVE = "account-not-active"


async def end_memberships(service: Identity, session: Session, person: str) -> None:
    """Whatever they were, or were invited to be, ends in this transaction, and is said as every relation's end."""
    statement = sa.select(Membership).where(
        Membership.person == person, Membership.status.in_([str(each) for each in UNDER_WAY])
    )
    found = list(await session.scalars(statement.order_by(Membership.id).with_for_update()))
    nothing_personal(session, found)  # whoever stops an account is shown none of them
    now = service.clock.now()
    for membership in found:
        facts = MembershipFacts(role=membership.role, person_is_active=False)
        membership.move(session, Action.END, by=Actor.SYSTEM, actor=NAME, facts=facts, now=now, reason=NOT_ACTIVE)
        if membership.relation_id is None:
            continue
        row = await session.get(RelationRow, membership.relation_id, with_for_update=True)
        if row is not None and row.ends_at is None:
            await end_relation(service, session, row)
    await session.flush()
