"""Seals' heads in a file that is only appended to, for whoever keeps a copy on a medium or machine of their own."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chassis.audit.rows import SealRow
from chassis.database import Sight
from chassis.wiring import Service

SIGHT = Sight.system("sealer")
AT_ONCE = 1_000


class HeadLog:
    """One line of JSON per seal, in order; what a crash left out is added the next time."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._last: int | None = None

    async def catch_up(self, service: Service) -> None:
        """Add the seals that the file does not have."""
        if self._last is None:
            self._last = max((head["number"] for head in read_heads(self._path, service.name)), default=0)
        statement = sa.select(SealRow).where(SealRow.number > self._last).order_by(SealRow.number).limit(AT_ONCE)
        async with service.database.transaction(SIGHT) as session:
            rows = list(await session.scalars(statement))
        if rows:
            await asyncio.to_thread(self._append, service.name, rows)
            self._last = rows[-1].number

    def _append(self, chain: str, rows: Sequence[SealRow]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            for row in rows:
                head = {"chain": chain, "number": row.number, "last_seq": row.last_seq, "digest": row.digest}
                file.write(json.dumps(head) + "\n")


def read_heads(path: Path, chain: str) -> list[dict[str, Any]]:
    """The heads of one chain that a file holds. A last line that a crash cut short is left out."""
    heads: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            head = json.loads(line)
        except ValueError:
            continue
        if head["chain"] == chain:
            heads.append(head)
    return heads
