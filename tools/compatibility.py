"""Breaking changes between two versions of a contract: requests may only widen, answers and events may only narrow.

The reason: an integrator's program was written against the old document and is not told of the new one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
BOUNDS = {"minLength": 1, "minimum": 1, "minItems": 1, "exclusiveMinimum": 1, "maxLength": -1, "maximum": -1}
Document = dict[str, Any]


class Comparison:
    """Walks an old and a new document side by side; `breaks` says in words what an old client would stumble over."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old = old
        self.new = new
        self.breaks: list[str] = []
        self._seen: set[str] = set()

    def openapi(self) -> list[str]:
        """Every breaking change between two OpenAPI 3.1 documents."""
        for path, operations in self.old.get("paths", {}).items():
            for method in METHODS:
                if method in operations:
                    self._operation(f"{method.upper()} {path}", operations[method], path, method)
        return self.breaks

    def event(self) -> list[str]:
        """Every breaking change between two JSON Schemas of an event, as its readers see it."""
        self._schema(self.old, self.new, "event", of_request=False)
        return self.breaks

    def _operation(self, at: str, before: Document, path: str, method: str) -> None:
        after = self.new.get("paths", {}).get(path, {}).get(method)
        if after is None:
            self._say(at, "removed")
            return
        if before.get("operationId") != after.get("operationId"):
            self._say(at, f"operationId {before.get('operationId')} → {after.get('operationId')}: made clients rename")
        self._parameters(at, before, after)
        self._body(at, before, after)
        for status, answer in before.get("responses", {}).items():
            self._answer(f"{at} → {status}", answer, after.get("responses", {}).get(status))

    def _parameters(self, at: str, before: Document, after: Document) -> None:
        old = {(p["in"], p["name"]): p for p in before.get("parameters", [])}
        new = {(p["in"], p["name"]): p for p in after.get("parameters", [])}
        for key, parameter in new.items():
            if parameter.get("required") and not old.get(key, {}).get("required"):
                self._say(at, f"parameter {key[1]} is required now")
            if key in old:
                self._schema(
                    old[key].get("schema", {}), parameter.get("schema", {}), f"{at} ?{key[1]}", of_request=True
                )
        for key in old.keys() - new.keys():
            self._say(at, f"parameter {key[1]} removed")

    def _body(self, at: str, before: Document, after: Document) -> None:
        old, new = before.get("requestBody", {}), after.get("requestBody", {})
        if new.get("required") and not old.get("required"):
            self._say(at, "a body is required now")
        for kind, content in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                self._say(at, f"request type {kind} dropped")
            else:
                self._schema(content["schema"], new["content"][kind]["schema"], f"{at} body", of_request=True)

    def _answer(self, at: str, before: Document, after: Document | None) -> None:
        if after is None:
            self._say(at, "answer dropped")
            return
        for kind, content in before.get("content", {}).items():
            if kind not in after.get("content", {}):
                self._say(at, f"no longer answers {kind}")
            else:
                self._schema(content.get("schema", {}), after["content"][kind].get("schema", {}), at, of_request=False)

    def _schema(self, a: Document, b: Document, at: str, *, of_request: bool) -> None:
        key = json.dumps([a, b, of_request], sort_keys=True)
        if key in self._seen:
            return
        self._seen.add(key)
        a, b = _followed(self.old, a), _followed(self.new, b)
        self._types(a, b, at, of_request=of_request)
        self._values(a, b, at, of_request=of_request)
        self._fields(a, b, at, of_request=of_request)
        if "items" in a and "items" in b:
            self._schema(a["items"], b["items"], f"{at}[]", of_request=of_request)

    def _types(self, a: Document, b: Document, at: str, *, of_request: bool) -> None:
        old, new = set(_types(self.old, a)), set(_types(self.new, b))
        lost = old - new if of_request else new - old
        if old and new and lost:
            self._say(at, f"type {sorted(old)} → {sorted(new)}")

    def _values(self, a: Document, b: Document, at: str, *, of_request: bool) -> None:
        old, new = _values(a), _values(b)
        if of_request and new is not None and (old is None or old - new):
            self._say(at, f"accepts only {sorted(new)} now")
        if not of_request and old is not None and (new is None or new - old):
            self._say(at, f"may answer more than {sorted(old)} now")
        for bound, tighter in BOUNDS.items():
            if of_request and bound in b and (bound not in a or (b[bound] - a[bound]) * tighter > 0):
                self._say(at, f"{bound} tightened {a.get(bound)} → {b[bound]}")
        if of_request and b.get("pattern") and a.get("pattern") != b["pattern"]:
            self._say(at, f"pattern {a.get('pattern')} → {b['pattern']}")

    def _fields(self, a: Document, b: Document, at: str, *, of_request: bool) -> None:
        required_before, required_now = set(a.get("required", [])), set(b.get("required", []))
        for name in sorted(required_now - required_before if of_request else required_before - required_now):
            self._say(at, f"field {name} is required now" if of_request else f"field {name} is no longer promised")
        closed = b.get("additionalProperties") is False
        if of_request and closed and a.get("additionalProperties") is not False and a.get("properties"):
            self._say(at, "unknown fields are refused now")
        for name, schema in a.get("properties", {}).items():
            if name in b.get("properties", {}):
                self._schema(schema, b["properties"][name], f"{at}.{name}", of_request=of_request)
            elif not of_request or closed:
                self._say(at, f"field {name} removed")

    def _say(self, at: str, what: str) -> None:
        self.breaks.append(f"{at}: {what}")


def _followed(document: Document, schema: Document) -> Document:
    while "$ref" in schema:
        target: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        schema = target
    return schema


def _types(document: Document, schema: Document) -> Iterator[str]:
    schema = _followed(document, schema)
    kind = schema.get("type")
    yield from ([kind] if isinstance(kind, str) else kind or [])
    for each in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        yield from _types(document, each)


def _values(schema: Document) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(value) for value in schema["enum"]} if "enum" in schema else None
