"""Role changes: which member of staff shall get or lose which role at which office, proposed by whom and why."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.lifecycle import Lifecycle
from chassis.models import Case
from identity.domain.role_change import ROLE_CHANGE
from identity.models.columns import Base


class RoleChange(Case, Base):
    """One role of one member of staff at one office. `person` is the member of staff."""

    __tablename__ = "role_changes"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = ROLE_CHANGE

    role: Mapped[str]
    office: Mapped[str]
    direction: Mapped[str] = mapped_column(comment="whether the role begins or ends")
    reason: Mapped[str]
    proposed_by: Mapped[str]
    expires_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(comment="who moved it on; machine: by command")
    __table_args__ = (
        sa.Index(
            "uq_role_changes_open",
            "person",
            "role",
            "office",
            unique=True,
            postgresql_where=sa.text("status = 'proposed'"),
        ),
        sa.Index("ix_role_changes_open", "id", postgresql_where=sa.text("status = 'proposed'")),
        sa.CheckConstraint("direction in ('begin','end')", name="direction"),
        # The wall behind the lifecycle: no row can say that one pair of eyes did both.
        sa.CheckConstraint(
            "status not in ('approved','refused') or (decided_by is not null and decided_by <> proposed_by"
            " and decided_by <> person)",
            name="four_eyes",
        ),
    )
