"""The contracts as files: OpenAPI of every service, AsyncAPI 3 and JSON Schema of every event, with examples.

`write` makes them anew and refuses a breaking change unless told its reason; `check` fails when a committed file is not
what the code says.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from chassis.clock import Clock
from chassis.events.bus import MemoryBus
from chassis.events.rabbit import EXCHANGE, queue_arguments
from chassis.http.app import VERSION
from contracts import events
from contracts.event import REGISTRY, Event
from tools.compatibility import Comparison

FOLDER = Path(__file__).resolve().parents[1] / "contracts" / "contracts"
SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support")
Document = dict[str, Any]


def openapi_of(service: str) -> Document:
    """A service's OpenAPI document, made without a database."""
    blueprint = importlib.import_module(f"{service}.blueprint").BLUEPRINT
    made: Document = blueprint.create_api(blueprint.create_service(blueprint.settings(), Clock())).openapi()
    return made


def consumers() -> dict[str, list[str]]:
    """Per event key the services that react to it."""
    found: dict[str, list[str]] = {key: [] for key in REGISTRY}
    for service in SERVICES:
        blueprint = importlib.import_module(f"{service}.blueprint").BLUEPRINT
        made = blueprint.create_service(blueprint.settings(), Clock())
        for key in blueprint.create_worker(made, MemoryBus()).reactions.keys:
            found[key].append(service)
    return found


def schema_of(event: type[Event]) -> Document:
    """The JSON Schema of an event's data, with its example."""
    schema = event.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:jawaz:event:{event.key}",
        "x-personal-data": event.personal,
        **schema,
        "description": event.summary,
        "examples": [event.example],
    }


def asyncapi_of(service: str, readers: dict[str, list[str]]) -> Document:
    """What a service says and hears, as an AsyncAPI 3.0 document."""
    document: Document = {
        "asyncapi": "3.0.0",
        "id": f"urn:jawaz:{service}",
        "info": {"title": f"{service} events", "version": VERSION, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/cloudevents+json",
        "channels": {},
        "operations": {},
        "components": {"messages": {}, "schemas": {}},
    }
    for key, event in sorted(REGISTRY.items()):
        says, hears = event.producer() == service, service in readers[key]
        if says or hears:
            _add_channel(document, key, event)
        name = key.replace(".", "_")
        for verb, does in (("send", says), ("receive", hears)):
            if does:
                document["operations"][f"{verb}_{name}"] = _operation(verb, name, service)
    return document


def _operation(verb: str, name: str, service: str) -> Document:
    operation: Document = {
        "action": verb,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }
    if verb == "send":
        operation["bindings"] = {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}}
    else:
        operation["x-queue"] = {"name": f"{service}.events", "arguments": queue_arguments(service)}
    return operation


def _add_channel(document: Document, key: str, event: type[Event]) -> None:
    name = key.replace(".", "_")
    schema = {k: v for k, v in schema_of(event).items() if k not in ("$schema", "$id", "examples")}
    document["components"]["schemas"][event.__name__] = schema
    document["components"]["messages"][name] = {
        "name": key,
        "title": event.summary,
        "tags": [{"name": event.producer()}, *([{"name": "personal-data"}] if event.personal else [])],
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "time", "aggregate", "version", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "format": "uuid"},
                "source": {"const": f"/{event.producer()}"},
                "type": {"const": key},
                "time": {"type": "string", "format": "date-time"},
                "aggregate": {"type": "string"},
                "version": {"type": "integer", "minimum": 1},
                "traceparent": {"type": ["string", "null"]},
                "data": {"$ref": f"#/components/schemas/{event.__name__}"},
            },
        },
        "examples": [{"payload": example_of(event)}],
    }
    document["channels"][name] = {
        "address": key,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }


def example_of(event: type[Event]) -> Document:
    """A whole envelope around an event's example."""
    made = event.model_validate(event.example)
    return {
        "specversion": "1.0",
        "id": "01900000-0000-7000-8000-0000000000ee",
        "source": f"/{event.producer()}",
        "type": event.key,
        "time": "2026-11-22T00:00:00Z",
        "aggregate": made.aggregate,
        "version": 1,
        "traceparent": None,
        "data": made.model_dump(mode="json"),
    }


def everything() -> dict[Path, Document]:
    """Every contract file and what belongs into it."""
    assert events.REGISTRY is REGISTRY
    readers = consumers()
    files = {FOLDER / "openapi" / f"{service}.json": openapi_of(service) for service in SERVICES}
    files |= {FOLDER / "asyncapi" / f"{service}.json": asyncapi_of(service, readers) for service in SERVICES}
    for key, event in REGISTRY.items():
        files[FOLDER / "schemas" / f"{key}.json"] = schema_of(event)
        files[FOLDER / "examples" / f"{key}.json"] = example_of(event)
    return files


def breaking(files: dict[Path, Document]) -> list[str]:
    """Every breaking change from the committed files to these."""
    found = []
    for path in sorted([*(FOLDER / "openapi").glob("*.json"), *(FOLDER / "schemas").glob("*.json")]):
        old = json.loads(path.read_text(encoding="utf-8"))
        if path not in files:
            found.append(f"{path.name}: removed")
        elif path.parent.name == "openapi":
            found += [f"{path.stem}: {line}" for line in Comparison(old, files[path]).openapi()]
        else:
            found += [f"{path.stem}: {line}" for line in Comparison(old, files[path]).event()]
    return found


def text_of(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """`write [--breaking REASON]` or `check`."""
    parser = argparse.ArgumentParser(prog="python -m tools.contracts", description=__doc__)
    parser.add_argument("command", choices=["write", "check"])
    parser.add_argument("--breaking", metavar="REASON", help="accept a breaking change, for this reason")
    arguments = parser.parse_args()
    files = everything()
    problems = breaking(files)
    if arguments.command == "check":
        stale = [path for path, made in files.items() if not path.is_file() or path.read_text() != text_of(made)]
        lines = [f"breaking: {line}" for line in problems]
        lines += [f"not what the code says: {path.name} (run `make contracts`)" for path in stale]
        print("\n".join(lines) or f"{len(files)} contract files are what the code says")
        return 1 if lines else 0
    if problems and not arguments.breaking:
        print("\n".join(f"breaking: {line}" for line in problems))
        print('an integrator would stumble: make a new version, or `make contracts BREAKING="why"`')
        return 1
    for path, made in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(made), encoding="utf-8")
    print(f"{len(files)} contract files written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
