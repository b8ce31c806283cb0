"""Copies prepared drafts to further people: every row the product wrote for one, with the names in it exchanged.

Names are: the person's number, the case, its reference, the old booklet's number, the ledger's reservation, and row ids.
Nothing else differs, so a copy is as complete and as fresh as what it was copied from.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import asyncpg

from chassis.identifiers import new_reference, uuid7
from passport.actions.open_application import PREFIX
from passport.models import Application

# Which rows belong to a case, by what.
_TABLES = {
    "applications": ("id::text", "case"),
    "pledge_acceptances": ("application_id::text", "case"),
    "case_moves": ("case_id::text", "case"),
    "timers": ("subject", "case"),
    "intents": ("body ->> 'case'", "case"),
    "ledger_lines": ("reservation::text", "reservation"),
    "acts": ("person", "person"),
    "facts": ("subject", "person"),
}
_OWN_NAMES = ("applications", "facts")
_PHOTOS = (
    "insert into photos (application_id, person, content, digest, uploaded_at)"
    " select each.id, each.person, content, digest, uploaded_at from photos,"
    " unnest($2::uuid[], $3::text[]) as each (id, person) where application_id = $1"
)
Names = dict[str, str]


async def copy(admin: asyncpg.Connection, case: uuid.UUID, people: list[str]) -> list[tuple[str, uuid.UUID]]:
    """A copy of this case for each of these people; who, and their case."""
    row = await admin.fetchrow(
        "select person, reference, old_number, fee_attempt from applications where id = $1", case
    )
    assert row is not None
    old = _names(case, row["person"], row["reference"], row["old_number"], row["fee_attempt"])
    made = [(person, uuid7()) for person in people]
    new = [
        _names(fresh, person, new_reference(PREFIX), f"{row['old_number'][0]}{person[1:9]}", row["fee_attempt"])
        for person, fresh in made
    ]
    async with admin.transaction():
        for table, (column, by) in _TABLES.items():
            found = await admin.fetch(f"select to_jsonb(t)::text as row from {table} t where {column} = $1", old[by])
            if not found:
                raise RuntimeError(f"the prepared case has no rows in {table}")
            drawn = await admin.fetch("select nextval('audit_seq') from generate_series(1, $1)", len(new) * len(found))
            places = (row["nextval"] for row in drawn)
            rows = [_exchanged(each["row"], old, names, table, next(places)) for names in new for each in found]
            await admin.execute(
                f"insert into {table} select * from jsonb_populate_recordset(null::{table}, $1::jsonb)",
                f"[{','.join(rows)}]",
            )
        await admin.execute(_PHOTOS, case, [fresh for _, fresh in made], people)
    return made


def _names(case: uuid.UUID, person: str, reference: str, old_number: str, attempt: int) -> Names:
    reservation = Application(id=case, fee_attempt=attempt).reservation
    return {
        "case": str(case),
        "person": person,
        "reference": reference,
        "old_number": old_number,
        "reservation": str(reservation),
    }


def _exchanged(row: str, old: Names, new: Names, table: str, place: int) -> str:
    for name, word in old.items():
        row = row.replace(f'"{word}', f'"{new[name]}')
    if table in _OWN_NAMES:
        return row
    read = json.loads(row)
    sealed = {"seq": place} if "seq" in read else {}
    return json.dumps(read | {"id": str(uuid7())} | sealed, ensure_ascii=False)


def chunks(items: list[str], count: int) -> Iterator[list[str]]:
    """The items dealt out into so many lists."""
    for at in range(count):
        yield items[at::count]
