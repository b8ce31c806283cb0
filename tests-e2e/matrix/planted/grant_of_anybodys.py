"""A grant's inner question is asked of anybody's row instead of the one at hand: a join too many, and true for all."""

from typing import Any

import sqlalchemy as sa

SERVICE = "passport"
ROUTES = ("GET /v1/passport-applications",)


def plant(patch: Any, stage: Any) -> None:
    from chassis.models import RelationRow
    from passport import queries

    def opened(principal: Any, owner: Any, scope: Any, **_: Any) -> Any:
        given, theirs = sa.orm.aliased(RelationRow), sa.orm.aliased(RelationRow)
        some = sa.exists().where(theirs.subject == given.object, theirs.object == owner)
        return sa.exists().where(
            given.relation == "grantee", given.subject == principal.subject, sa.or_(given.object == owner, some)
        )

    patch.set(queries, "opened_by_grant", opened)
