"""Mass assignment: whoever may write sends, beside what is asked, every field the answer has and thirty that sound useful."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from matrix.asking import Asked
from matrix.cast import BY_NAME, CAST, OWNERS, Member
from matrix.checks import Multiplier
from matrix.judging import Tally
from matrix.pivot import Pivot, Route
from matrix.stage import Stage, Thing

SEEDED = (
    "status", "state", "fee", "fee_minor", "fee_state", "amount_minor", "sponsor", "sponsor_id", "person", "owner",
    "owner_id", "holder", "applicant", "verified", "is_verified", "approved", "role", "roles", "kind", "is_staff",
    "admin", "permissions", "scope", "assignee", "office_id", "account_id", "user_id", "reference", "version",
    "created_at", "moved_at", "expires_at", "id", "__class__", "_sa_instance_state",
)  # fmt: skip
_TABLES = {
    "application": "applications", "visa": "exit_reentry_visas", "renewal": "iqama_renewals", "shipment": "shipments",
    "notice": "notices", "ticket": "tickets", "account": "accounts",
}  # fmt: skip


async def try_assignment(pivot: Pivot, stage: Stage) -> Tally:
    """Every write route: a field nobody asked for is refused, and where no body is asked for it changes nothing."""
    tally = Tally()
    make = Multiplier(pivot, stage)
    for route in pivot.of(stage.name):
        if route.method not in ("POST", "PUT", "PATCH") or route.upload or route.does in ("signed", "own_door"):
            continue
        member, thing = _who(route, stage)
        if isinstance(route.body, dict):
            await _field_by_field(stage, make, route, member, thing, tally)
        elif route.object:
            await _all_at_once(stage, make, route, member, thing, tally)
    return tally


def _who(route: Route, stage: Stage) -> tuple[Member, Thing]:
    """Somebody who may, and what they do it to."""
    member = next(each for each in (*CAST[:1], *_FIRST, *CAST) if route.allows(each))
    if not route.object:
        return member, Thing("person", OWNERS[0], {"owner": OWNERS[0], "absent": OWNERS[0]})
    thing = stage.thing(route.object, member)
    return (replace(member, number=thing.owner) if member.actor == "holder" else member), thing


_FIRST = tuple(BY_NAME[name] for name in ("sponsor.active", "officer.assigned", "clerk.assigned", "operator.active"))


async def _field_by_field(
    stage: Stage, make: Multiplier, route: Route, member: Member, thing: Thing, tally: Tally
) -> None:
    before = await stage.digest()
    for name in _names(stage, route):
        body = {**make.body(route, thing), name: _value(name)}
        answer = await stage.ask(make.request(route, member, thing, body=body))
        tally.checks += 1
        tally.denied += 1
        if answer.status != 422:
            tally.wrong.append(f"{stage.name}: {route.name} takes the field {name}: answered {answer.status}")
    if (after := await stage.digest()) != before:
        tables = [table for table in after if after[table] != before.get(table)]
        tally.wrong.append(f"{stage.name}: {route.name}: refused fields changed {', '.join(tables)}")


async def _all_at_once(
    stage: Stage, make: Multiplier, route: Route, member: Member, thing: Thing, tally: Tally
) -> None:
    table = next((name for kind, name in _TABLES.items() if thing.kind.startswith(kind)), "")
    if not table:
        return
    stage.peek = f"select t::text from {table} t where id = '{thing.id}'"
    everything = json.dumps({name: _value(name) for name in _names(stage, route)}).encode()
    try:
        async with stage.rehearsal():
            plain = await _peeked(stage, make.request(route, member, thing))
            asked = make.request(route, member, thing)
            stuffed = replace(asked, body=everything, headers=(*asked.headers, ("Content-Type", "application/json")))
            changed = await _peeked(stage, stuffed)
    finally:
        stage.peek = ""
    tally.checks += 1
    tally.denied += 1
    if plain != changed and changed[0] != 422:
        tally.wrong.append(f"{stage.name}: {route.name} asks for no body and reads one: {plain[0]}, {changed[0]}")


async def _peeked(stage: Stage, asked: Asked) -> tuple[int, Any]:
    stage.peeked = None
    answer = await stage.ask(asked)
    return answer.status, stage.peeked


def _names(stage: Stage, route: Route) -> list[str]:
    """The seeded names and every field of what the route answers, without those it asks for."""
    document = stage.api.openapi()
    operation = document["paths"][route.path][route.method.lower()]
    found = set(SEEDED)
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            for content in answer.get("content", {}).values():
                found |= _properties(document, content.get("schema", {}))
    return sorted(found - _asked_for(document, operation))


def _asked_for(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    contents = operation.get("requestBody", {}).get("content", {})
    return set().union(*(_properties(document, each.get("schema", {})) for each in contents.values()))


def _properties(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return set(schema.get("properties", {}))


def _value(name: str) -> Any:
    if name in ("person", "owner", "holder", "applicant", "sponsor"):
        return OWNERS[1]
    if name.endswith(("_minor", "fee", "version")):
        return 1
    return True if name.startswith("is_") or name in ("verified", "approved", "admin") else "approved"
