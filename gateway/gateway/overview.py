"""The gateway's pages for people: how all services are, what the contract offers, why a page did not come. No script."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from chassis.catalogue import Texts

_PAGES = Environment(
    loader=PackageLoader("gateway", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
MEDIA_TYPE = b"text/html; charset=utf-8"
POLICY = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
_VERBS = ("get", "post", "put", "patch", "delete")


def operators(states: dict[str, str], texts: Texts, spoken: str) -> str:
    """The overview: one sentence for all, one for each service, with the way to its own page."""
    return _PAGES.get_template("operators.html").render(
        spoken=spoken,
        say=lambda key: texts.say(key, spoken),
        states=states,
        # Every service has the page; one that works draws it.
        errand=next((service for service, state in states.items() if state == "ready" and service != "portal"), None),
        well=all(s == "ready" for s in states.values()),
    )


def docs(document: dict[str, Any], texts: Texts, spoken: str) -> str:
    """A plain reading of the merged contract: every operation by service."""
    services: dict[str, list[tuple[str, str, str]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in sorted(document["paths"].items()):
        for verb in _VERBS:
            if verb in operations:
                operation = operations[verb]
                services[operation["tags"][0]].append((verb.upper(), path, operation.get("summary", "")))
    return _PAGES.get_template("docs.html").render(
        spoken=spoken, say=lambda key: texts.say(key, spoken), services=services
    )


def refused(title: str, detail: str, request_id: str, texts: Texts, spoken: str) -> str:
    """A refusal for somebody who asked for a page and would not read JSON."""
    return _PAGES.get_template("refused.html").render(
        spoken=spoken, say=lambda key: texts.say(key, spoken), title=title, detail=detail, request_id=request_id
    )
