"""`python -m identity load-accounts --count N`: computed people as active accounts, to measure with; development only.

Rows are made and written a chunk at a time, so memory stays bounded however many there are. They are complete rows
(account, binding, history, the day's figure), so that the invariants hold; nothing is said as an event about them.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.clock import Clock
from chassis.database import Session, Sight
from chassis.identifiers import uuid7
from contracts.authority import Actor
from contracts.values import kind_of, person_check_digit
from identity.actions.tally import tally
from identity.domain.account import Action, Channel, Status
from identity.seeds import PASSWORD
from identity.settings import IdentitySettings
from identity.wiring import Identity, create_service

SIGHT = Sight.system("load-accounts")
CHUNK = 10_000
_CLERK, _OFFICE = "S-100001", "loaded"
_NAMES = (("خالد", "KHALID"), ("نورة", "NOURAH"), ("سعد", "SAAD"), ("هند", "HIND"), ("فهد", "FAHD"))
# COPY writes into no table with row-level security, so a chunk's columns go in as arrays.
_COLUMNS = {"id": "uuid", "binding": "uuid", "move": "uuid", "reference": "text", "person": "text", "kind": "text"} | {
    "name_ar": "text",
    "name_en": "text",
    "mobile": "text",
    "mobile_index": "text",
    "opened_at": "timestamptz",
}
_FROM = (
    "from unnest("
    + ", ".join(f"cast(:{name} as {kind}[])" for name, kind in _COLUMNS.items())
    + f") as loaded ({', '.join(_COLUMNS)})"
)
_INTO_ACCOUNTS = sa.text(
    "insert into accounts (id, reference, person, kind, status, version, language, name_ar, name_en, mobile, mobile_index,"
    " password_hash, password_changed_at, opened_at, moved_at)"
    " select id, reference, person, kind, :status, 1, 'ar', name_ar, name_en, mobile, mobile_index, :hash, opened_at,"
    f" opened_at, opened_at {_FROM}"
)
_INTO_BINDINGS = sa.text(
    "insert into bindings (id, account_id, person, mobile_index, clerk, office, channel, bound_at)"
    f" select binding, id, person, mobile_index, :clerk, :office, :channel, opened_at {_FROM}"
)
_INTO_MOVES = sa.text(
    "insert into case_moves (id, case_kind, case_id, version, action, from_status, to_status, standing, actor, moved_at)"
    f" select move, 'account', id, 1, :action, :before, :after, :standing, :clerk, opened_at {_FROM}"
)


async def load_accounts(read: IdentitySettings, arguments: Sequence[str]) -> None:
    """Load `--count` accounts beginning with the one at place `--first`, and print what that took."""
    if not read.in_development:
        sys.exit("accounts are loaded in development only")
    parser = argparse.ArgumentParser(prog="python -m identity load-accounts")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first", type=int, default=0, help="where in the row of computed people to begin")
    given = parser.parse_args(arguments)
    service = create_service(read, Clock())
    began = time.perf_counter()
    try:
        hashed = await service.passwords.hash(PASSWORD)
        for start in range(given.first, given.first + given.count, CHUNK):
            stop = min(start + CHUNK, given.first + given.count)
            async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
                await _load(service, session, range(start, stop), hashed)
    finally:
        await service.close()
    seconds = time.perf_counter() - began
    print(json.dumps({"accounts": given.count, "seconds": round(seconds, 1), "per_s": round(given.count / seconds)}))


def number_at(place: int) -> str:
    """The number of the computed person at a place; every third is a resident's."""
    nine = f"{2 if place % 3 == 0 else 1}{40_000_000 + place:08d}"
    return nine + person_check_digit(nine)


def mobile_at(place: int) -> str:
    """Their mobile: of the right shape, and nobody else's."""
    return f"+96655{place:07d}"


async def _load(service: Identity, session: Session, places: range, hashed: str) -> None:
    await session.execute(sa.text("set local statement_timeout = '120s'"))
    rows = dict(zip(_COLUMNS, map(list, zip(*_rows(service, places), strict=True)), strict=True))
    by = {"clerk": _CLERK, "office": _OFFICE, "channel": str(Channel.OFFICE)}
    moved = {"before": str(Status.REGISTERED), "after": str(Status.ACTIVE)}
    told = {"action": str(Action.ACTIVATE), "standing": str(Actor.CLERK), "clerk": _CLERK}
    await session.execute(_INTO_ACCOUNTS, {"status": str(Status.ACTIVE), "hash": hashed} | rows)
    await session.execute(_INTO_BINDINGS, by | rows)
    await session.execute(_INTO_MOVES, moved | told | rows)
    await tally(service, session, f"account.{Status.ACTIVE}", len(places))


def _rows(service: Identity, places: range) -> Iterator[tuple[Any, ...]]:
    now, cipher = service.clock.now(), service.cipher
    for place in places:
        person, mobile = number_at(place), mobile_at(place)
        (given_ar, given_en), (family_ar, family_en) = _NAMES[place % 5], _NAMES[place // 5 % 5]
        yield (
            uuid7(),
            uuid7(),
            uuid7(),
            f"LOAD-{place:012d}",
            person,
            str(kind_of(person)),
            f"{given_ar} {family_ar}",
            f"{given_en} {family_en}",
            cipher.encrypt(mobile),
            cipher.index(mobile),
            _since(now, place),
        )


def _since(now: datetime, place: int) -> datetime:
    """Spread over the past, as accounts are."""
    return now - timedelta(seconds=place)
