"""Every kind of break is found when it is planted, and a harmless addition is not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.compatibility import Comparison

BASE: dict[str, Any] = {
    "paths": {
        "/v1/papers": {
            "post": {
                "operationId": "file_paper",
                "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/c/In"}}}},
                "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/c/Out"}}}}},
            }
        }
    },
    "c": {
        "In": {
            "type": "object",
            "additionalProperties": False,
            "required": ["title"],
            "properties": {
                "title": {"type": "string", "maxLength": 50},
                "kind": {"enum": ["a", "b"]},
                "note": {"type": "string"},
            },
        },
        "Out": {
            "type": "object",
            "required": ["id", "status"],
            "properties": {
                "id": {"type": "string"},
                "status": {"enum": ["open", "done"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}


def changed(change: Callable[[Any, Any, Any], Any]) -> dict[str, Any]:
    new = copy.deepcopy(BASE)
    change(new["paths"]["/v1/papers"]["post"], new["c"]["In"], new["c"]["Out"])
    return new


BREAKS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "operation renamed": lambda op, i, o: op.update(operationId="other"),
    "parameter removed": lambda op, i, o: op["parameters"].clear(),
    "parameter bound tightened": lambda op, i, o: op["parameters"][0]["schema"].update(maximum=10),
    "parameter added as required": lambda op, i, o: op["parameters"].append(
        {"in": "header", "name": "key", "required": True, "schema": {}}
    ),
    "answer dropped": lambda op, i, o: op["responses"].clear(),
    "request field required": lambda op, i, o: i["required"].append("kind"),
    "request field removed": lambda op, i, o: i["properties"].pop("note"),
    "request value refused": lambda op, i, o: i["properties"]["kind"]["enum"].remove("b"),
    "request length tightened": lambda op, i, o: i["properties"]["title"].update(maxLength=10),
    "request pattern added": lambda op, i, o: i["properties"]["title"].update(pattern="^x"),
    "request type changed": lambda op, i, o: i["properties"]["note"].update(type="integer"),
    "answer field removed": lambda op, i, o: o["properties"].pop("tags"),
    "answer field not promised": lambda op, i, o: o["required"].remove("id"),
    "answer value added": lambda op, i, o: o["properties"]["status"]["enum"].append("lost"),
    "answer item type changed": lambda op, i, o: o["properties"]["tags"]["items"].update(type="integer"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_planted_break_is_found(name: str) -> None:
    assert Comparison(BASE, changed(BREAKS[name])).openapi() != []


def test_a_removed_path_is_found() -> None:
    assert Comparison(BASE, {"paths": {}, "c": BASE["c"]}).openapi() == ["POST /v1/papers: removed"]


HARMLESS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "optional request field": lambda op, i, o: i["properties"].update(more={"type": "string"}),
    "answer field added": lambda op, i, o: o["properties"].update(more={"type": "string"}),
    "request value added": lambda op, i, o: i["properties"]["kind"]["enum"].append("c"),
    "request bound loosened": lambda op, i, o: i["properties"]["title"].update(maxLength=500),
    "optional parameter": lambda op, i, o: op["parameters"].append({"in": "query", "name": "q", "schema": {}}),
    "answer added": lambda op, i, o: op["responses"].update({"202": {"content": {}}}),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_addition_is_let_through(name: str) -> None:
    assert Comparison(BASE, changed(HARMLESS[name])).openapi() == []


def test_an_event_may_gain_a_field_and_never_lose_one() -> None:
    old = BASE["c"]["Out"]
    assert Comparison(old, old | {"properties": old["properties"] | {"more": {"type": "string"}}}).event() == []
    assert Comparison(old, old | {"properties": {"id": {"type": "string"}}}).event() != []
