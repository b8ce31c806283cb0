"""What the home page lists: one section per kind of request, read from the public contract and shown alike."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from chassis.catalogue import Language
from chassis.clock import RIYADH
from chassis.http.client import HttpClient, Unreachable

SHOWN = 10


@dataclass(frozen=True)
class Section:
    """A list of the contract; `name` is the key of its words."""

    name: str
    path: str


@dataclass(frozen=True)
class Line:
    """One request or message as it is shown; texts are the service's own."""

    reference: str
    state: str
    turn: str | None
    opened_at: datetime | None
    promised_at: datetime | None
    title: str | None = None
    body: str | None = None


@dataclass(frozen=True)
class Listed:
    """A section with its lines; `lines` is None when they could not be had, which is not the same as none."""

    name: str
    lines: list[Line] | None
    more: bool = False


SECTIONS = (
    Section("passport-applications", "/v1/passport-applications"),
    Section("exit-reentry-visas", "/v1/exit-reentry-visas"),
    Section("iqama-renewals", "/v1/iqama-renewals"),
    Section("shipments", "/v1/shipments"),
    Section("tickets", "/v1/tickets"),
    Section("notices", "/v1/notices"),
)


class SessionEnded(Exception):
    """The gateway takes the token no more."""


async def read_all(gateway: HttpClient, token: str, language: Language) -> list[Listed]:
    """Every section, asked at once; one that cannot be had does not hide the others. Raises SessionEnded."""
    return list(await asyncio.gather(*(_read(gateway, section, token, language) for section in SECTIONS)))


async def _read(gateway: HttpClient, section: Section, token: str, language: Language) -> Listed:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    try:
        answer = await gateway.request(
            "GET", section.path, params={"limit": str(SHOWN)}, headers=headers, repeatable=True
        )
    except Unreachable:
        return Listed(section.name, None)
    if answer.status_code == 401:
        raise SessionEnded
    if answer.status_code != 200:
        return Listed(section.name, None)
    page = answer.json()
    return Listed(section.name, [line_of(item, language) for item in page["items"]], page.get("next") is not None)


def line_of(item: Mapping[str, Any], language: Language) -> Line:
    """A line from any item of the contract: each has a reference, and words of its own for its state."""
    state = item.get("state")
    of_status = item.get("status_texts") or (state.get("texts") if isinstance(state, Mapping) else None) or {}
    promise = item.get("promise")
    promised = promise.get("promised_by") if isinstance(promise, Mapping) else item.get("promised_on")
    title, body = item.get("title"), item.get("texts")
    return Line(
        reference=str(item["reference"]),
        state=str(of_status.get(language, "")),
        turn=_turn(item, state, language),
        opened_at=instant_of(item.get("opened_at") or item.get("told_at")),
        promised_at=instant_of(promised),
        title=title.get(language) if isinstance(title, Mapping) else None,
        body=body.get(language) if isinstance(body, Mapping) else None,
    )


def _turn(item: Mapping[str, Any], state: Any, language: Language) -> str | None:
    for holder in (item.get("turn"), state):
        if isinstance(holder, Mapping):
            texts = holder.get("turn_texts") or (holder.get("texts") if holder is not state else None)
            if texts:
                return str(texts[language])
    return None


def instant_of(value: Any) -> datetime | None:
    """An instant in any form the contract writes one: text, `{at}`, a day as text, or `{date}`."""
    if isinstance(value, Mapping):
        value = value.get("at") or value.get("date")
    if not isinstance(value, str):
        return None
    if len(value) == len("2026-01-01"):
        return datetime.combine(date.fromisoformat(value), time(), RIYADH)
    return datetime.fromisoformat(value)
