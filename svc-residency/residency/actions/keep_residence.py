"""Keep somebody's residence: made from the registry's answer when it first comes, and never shortened by a later one."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from chassis.identifiers import uuid7
from residency.domain.facts import Record
from residency.models import Residence
from residency.wiring import Residency


async def keep_residence(service: Residency, session: Session, person: str, answer: Mapping[str, Any]) -> None:
    """Take the registry's answer over. What was renewed here runs to its own day, which the registry hears of later."""
    record = Record.told(answer)
    if record is None or record.iqama_expires_on is None:
        return
    profession = record.profession or {}
    told = {
        "category": str(record.category),
        "profession_ar": profession.get("ar"),
        "profession_en": profession.get("en"),
        "registry_reference": answer.get("reference"),
        "told_at": service.clock.now(),
    }
    await session.execute(
        insert(Residence)
        .values(id=uuid7(), person=person, valid_until=record.iqama_expires_on, **told)
        .on_conflict_do_update(
            index_elements=["person"],
            set_={**told, "valid_until": sa.func.greatest(Residence.valid_until, record.iqama_expires_on)},
        )
    )
