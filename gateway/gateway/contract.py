"""One OpenAPI document for everything behind the gateway, merged from the services' committed ones."""

from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from gateway.settings import Settings

_OPENAPI = "3.1.0"
_INNER = ("/health", "/metrics", "/internal", "/control", "/ops")


class ContractsClash(ValueError):
    """Two services claim the same path."""


def folder(settings: Settings) -> Path | None:
    """Where the committed documents lie: what was set, else beside the contracts package; None when absent."""
    if settings.openapi_folder is not None:
        return settings.openapi_folder
    package = Path(str(resources.files("contracts")))
    return next((place for place in (package / "openapi", package.parent / "openapi") if place.is_dir()), None)


def merged(place: Path | None, public_url: str) -> dict[str, Any]:
    """The merged document; without any service's document it is one with no paths. Raises ContractsClash."""
    document: dict[str, Any] = {
        "openapi": _OPENAPI,
        "info": {"title": "Jawaz", "version": "v1"},
        "servers": [{"url": public_url}],
        "tags": [],
        "paths": {},
        "components": {},
    }
    for file in sorted(place.glob("*.json")) if place else ():
        _add(document, file.stem, orjson.loads(file.read_bytes()))
    return document


def _add(document: dict[str, Any], service: str, part: dict[str, Any]) -> None:
    part = _renamed(part, _clashes(document["components"], part.get("components", {})), service)
    document["tags"].append({"name": service, "description": part.get("info", {}).get("title", service)})
    for path, operations in part.get("paths", {}).items():
        if path.startswith(_INNER):
            continue
        if path in document["paths"]:
            raise ContractsClash(f"{path} is claimed by {service} and another service")
        for operation in operations.values():
            if isinstance(operation, dict):
                operation["tags"] = [service]
        document["paths"][path] = operations
    for kind, entries in part.get("components", {}).items():
        document["components"].setdefault(kind, {}).update(entries)


def _clashes(there: dict[str, Any], coming: dict[str, Any]) -> set[str]:
    """References of components whose name is taken by something else, or that refer to one of those: read alike, the
    same words would then mean two things."""
    taken = {
        f"#/components/{kind}/{name}": (entry, there[kind][name])
        for kind, entries in coming.items()
        for name, entry in entries.items()
        if name in there.get(kind, {})
    }
    clashes = {reference for reference, (entry, other) in taken.items() if entry != other}
    while more := {r for r, (entry, _) in taken.items() if r not in clashes and _refers(entry, clashes)}:
        clashes |= more
    return clashes


def _refers(node: Any, references: set[str]) -> bool:
    if isinstance(node, dict):
        return any(_refers(value, references) for value in node.values())
    if isinstance(node, list):
        return any(_refers(value, references) for value in node)
    return isinstance(node, str) and node in references


def _renamed(part: dict[str, Any], clashes: set[str], service: str) -> dict[str, Any]:
    """The document with clashing components, and every reference to them, under the service's own name."""
    if not clashes:
        return part
    for kind, entries in part["components"].items():
        part["components"][kind] = {
            f"{service}.{name}" if f"#/components/{kind}/{name}" in clashes else name: entry
            for name, entry in entries.items()
        }
    result: dict[str, Any] = _referred(part, clashes, service)
    return result


def _referred(node: Any, clashes: set[str], service: str) -> Any:
    if isinstance(node, dict):
        return {key: _referred(value, clashes, service) for key, value in node.items()}
    if isinstance(node, list):
        return [_referred(value, clashes, service) for value in node]
    if isinstance(node, str) and node in clashes:
        start, _, name = node.rpartition("/")
        return f"{start}/{service}.{name}"
    return node
