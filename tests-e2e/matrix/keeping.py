"""Answers kept under idempotency keys, as if given while their asker was still allowed: none of them may come back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from chassis.models import IdempotencyRow
from matrix.checks import Check
from matrix.requests import OWN_KEY, OWNERS_KEY
from matrix.stage import SYSTEM, Stage

_CLIENT = "portal"


async def keep_answers(stage: Stage, checks: Iterable[Check]) -> None:
    """For every check that comes with a key: the owner's answer, or the asker's own of the day they were allowed."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for check in checks:
        key = dict(check.asked.headers).get("Idempotency-Key", "")
        if key not in (OWN_KEY, OWNERS_KEY) or check.thing is None:
            continue
        subject = check.thing.owner if key == OWNERS_KEY else check.member.number
        if not subject:
            continue
        rows[subject, check.route.name, key] = {
            "subject": subject, "client": _CLIENT, "route": check.route.name, "key": key, "owner": check.thing.owner, "status": 200,
            "fingerprint": hashlib.sha256(check.asked.path.encode() + b"\0" + check.asked.body).hexdigest(),
            "body": b'{"kept":"' + check.thing.id.encode() + b'"}', "headers": {"content-type": "application/json"},
        }  # fmt: skip
    async with stage.service.database.transaction(SYSTEM) as session:
        if rows:
            await session.execute(insert(IdempotencyRow).on_conflict_do_nothing(), list(rows.values()))
