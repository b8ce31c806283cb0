"""The canonical form of a sealed row: one line of JSON that no setting of a session changes, and the digest of a batch."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FORM = 2
GENESIS = "0" * 64
# A column added later is sealed by a new form; batches keep the form they were sealed in.
_FIRST: Mapping[str, tuple[str, ...]] = {
    "acts": (
        "seq",
        "id",
        "at",
        "actor",
        "standing",
        "person",
        "channel",
        "action",
        "object",
        "reason",
        "rules",
        "request_id",
    ),
    "looks": ("seq", "id", "at", "actor", "standing", "person", "object", "purpose", "reason", "request_id"),
    "case_moves": (
        "seq",
        "id",
        "case_kind",
        "case_id",
        "version",
        "action",
        "from_status",
        "to_status",
        "standing",
        "actor",
        "reason",
        "moved_at",
    ),
}
FORMS: Mapping[int, Mapping[str, tuple[str, ...]]] = {
    1: _FIRST,
    2: {table: (*columns, "on_behalf_of") for table, columns in _FIRST.items()},
}
_INSTANTS = frozenset({"at", "moved_at"})


@dataclass(frozen=True)
class Seal:
    """A seal as it is hashed and compared."""

    number: int
    first_seq: int
    last_seq: int
    rows: int
    form: int
    previous: str
    digest: str


def lines_sql(form: int, where: str, limit: str = "") -> str:
    """A statement that yields `seq` and `line` of every sealed table in order. `where` and `limit` are of our own."""
    each = " union all ".join(
        f"(select seq, {_line(table, columns)} as line from {table} where {where} order by seq {limit})"  # noqa: S608
        for table, columns in FORMS[form].items()
    )
    return f"select seq, line from ({each}) as lines order by seq {limit}"  # noqa: S608


def _line(table: str, columns: tuple[str, ...]) -> str:
    values = (f"(extract(epoch from {c}) * 1000000)::bigint" if c in _INSTANTS else c for c in columns)
    return f"jsonb_build_array('{table}', {', '.join(values)})::text"


def digest_of(
    chain: str, number: int, first_seq: int, last_seq: int, form: int, previous: str, lines: Iterable[str]
) -> str:
    """SHA-256 over the seal before, this one's own range and its rows, in order. A line holds no line break."""
    told = hashlib.sha256(f"{form}\n{chain}\n{number}\n{first_seq}\n{last_seq}\n{previous}".encode())
    for line in lines:
        told.update(b"\n")
        told.update(line.encode())
    return told.hexdigest()
