"""Verifying a chain: every row against its seal, every seal against the one before, and the end against the heads kept
elsewhere. Reads as a stream, changes nothing, and names the first batch that is not as it was sealed.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg

from chassis.sealing.form import FORM, FORMS, GENESIS, Seal, digest_of, lines_sql
from chassis.sealing.head_log import read_heads

STEP = 5_000
_SEE = "select set_config('app.standing', 'system', false), set_config('app.subject', 'verifier', false)"
_SEALS = "select number, first_seq, last_seq, rows, form, previous, digest from seals order by number"
_NEWER = "select count(*) from {table} where seq > $1"
_BEFORE_ALL = -(1 << 62)
_HEADS = "select number, digest from seal_heads where chain = $1 order by number"


@dataclass(frozen=True)
class Fault:
    """The first batch that is not as it was sealed, and in what way."""

    number: int
    what: str


@dataclass(frozen=True)
class Verdict:
    """What was found: `unsealed` rows are newer than the last seal; `witnessed` is the newest head kept elsewhere."""

    fault: Fault | None
    seals: int
    rows: int
    unsealed: int
    witnessed: int | None


async def verify(url: str, chain: str, witness: str | None = None) -> Verdict:
    """Compare a service's audit with its seals and, when given, with the heads in another database or a file."""
    heads = None if witness is None else await _heads(witness, chain)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_SEE)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            seals = [Seal(*row) for row in await connection.fetch(_SEALS)]
            bad_rows, rows, unsealed = await _rows(connection, chain, seals)
    finally:
        await connection.close()
    faults = [*_links(seals), *bad_rows, *_ends(seals, heads or {})]
    first = min(faults, key=lambda fault: fault.number, default=None)
    return Verdict(first, len(seals), rows, unsealed, max(heads, default=0) if heads is not None else None)


def _links(seals: Sequence[Seal]) -> list[Fault]:
    """Every seal follows the one before: no number left out, no range left open, its digest named."""
    number, next_seq, digest = 1, 1, GENESIS
    for seal in seals:
        if seal.number != number:
            return [Fault(number, "its seal is missing")]
        if seal.previous != digest or seal.first_seq != next_seq or seal.last_seq < seal.first_seq:
            return [Fault(number, "its seal does not follow the one before")]
        number, next_seq, digest = seal.number + 1, seal.last_seq + 1, seal.digest
    return []


def _ends(seals: Sequence[Seal], heads: Mapping[int, str]) -> list[Fault]:
    """What was published of the chain is still what it says."""
    known = {seal.number: seal.digest for seal in seals}
    for number in sorted(heads):
        if number not in known:
            return [Fault(number, "it was sealed and published, and is gone: the end was cut")]
        if known[number] != heads[number]:
            return [Fault(number, "its seal is not the one that was published: the chain was rewritten")]
    return []


async def _rows(connection: Any, chain: str, seals: Sequence[Seal]) -> tuple[list[Fault], int, int]:
    """Each batch hashed anew, in one pass over the rows in their order; a pass for each form they were sealed in."""
    faults: list[Fault] = []
    total, after = 0, _BEFORE_ALL
    for form, sealed in groupby(seals, key=lambda seal: seal.form):
        batches = list(sealed)
        stream = _stream(connection, form, after, batches[-1].last_seq)
        pending = await anext(stream, None)
        for seal in batches:
            lines: list[str] = []
            while pending is not None and pending[0] <= seal.last_seq:
                lines.append(pending[1])
                pending = await anext(stream, None)
            total += len(lines)
            if not faults and (what := _difference(chain, seal, lines)):
                faults.append(Fault(seal.number, what))
        after = batches[-1].last_seq
    unsealed = [await connection.fetchval(_NEWER.format(table=table), after) for table in FORMS[FORM]]
    return faults, total, sum(unsealed)


def _difference(chain: str, seal: Seal, lines: Sequence[str]) -> str | None:
    if len(lines) < seal.rows:
        return f"{seal.rows - len(lines)} of its {seal.rows} rows are missing"
    if len(lines) > seal.rows:
        return f"{len(lines) - seal.rows} rows were put among its {seal.rows}"
    digest = digest_of(chain, seal.number, seal.first_seq, seal.last_seq, seal.form, seal.previous, lines)
    return None if digest == seal.digest else "a row, their order or the seal was altered"


async def _stream(connection: Any, form: int, after: int, until: int) -> AsyncIterator[tuple[int, str]]:
    where = f"seq > {int(after)} and seq <= {int(until)}"
    async for row in connection.cursor(lines_sql(form, where), prefetch=STEP):
        yield row["seq"], row["line"]


async def _heads(witness: str, chain: str) -> dict[int, str]:
    if not witness.startswith("postgresql:"):
        return {head["number"]: head["digest"] for head in read_heads(Path(witness), chain)}
    connection = await asyncpg.connect(witness)
    try:
        return {row["number"]: row["digest"] for row in await connection.fetch(_HEADS, chain)}
    finally:
        await connection.close()
