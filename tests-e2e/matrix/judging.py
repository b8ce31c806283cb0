"""Asking and judging: what came back, held against what the pivot says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from matrix.asking import Answer, Asked
from matrix.checks import Check
from matrix.keeping import keep_answers
from matrix.pivot import Pivot
from matrix.stage import Stage
from matrix.telling import Shown, told

_TRIES = 6
_AT_ONCE = 6
_MOST_PAGES = 60


@dataclass
class Tally:
    """What a run found."""

    checks: int = 0
    allowed: int = 0
    denied: int = 0
    wrong: list[str] = field(default_factory=list)

    def take(self, other: Tally) -> None:
        self.checks += other.checks
        self.allowed += other.allowed
        self.denied += other.denied
        self.wrong += other.wrong


async def judge_all(stage: Stage, pivot: Pivot, checks: Iterable[Check]) -> Tally:
    """Refusals for good, and nothing may have changed by them; answers in rehearsal, and nothing may have stayed."""
    made, shown = list(checks), Shown(pivot)
    tally = Tally()
    await keep_answers(stage, made)
    before = await stage.digest()
    await _judge(stage, [check for check in made if check.refused], shown, tally)
    tally.wrong += _changed(stage, before, await stage.digest(), "refused requests changed rows of")
    async with stage.rehearsal():
        await _judge(stage, [check for check in made if not check.refused], shown, tally)
    tally.wrong += _changed(stage, before, await stage.digest(), "the rehearsal left rows in")
    tally.wrong += [f"{stage.name}: {line}" for line in shown.never()]
    return tally


async def judge_in_rehearsal(stage: Stage, pivot: Pivot, checks: Iterable[Check]) -> Tally:
    """Every check in the given order, nothing kept: for leaks, which may change what they like."""
    tally, shown = Tally(), Shown(pivot)
    made = list(checks)
    async with stage.rehearsal():
        await _judge(stage, [check for check in made if not check.refused], shown, tally)
        await _judge(stage, [check for check in made if check.refused], shown, tally)
    return tally


def _changed(stage: Stage, before: dict[str, str], after: dict[str, str], words: str) -> list[str]:
    tables = [table for table in after if after[table] != before.get(table)]
    return [f"{stage.name}: {words} {', '.join(tables)}"] if tables else []


async def _judge(stage: Stage, checks: list[Check], shown: Shown, tally: Tally) -> None:
    """Several at once: most of a check's time is waiting for the database."""
    waiting = iter(checks)

    async def one_after_another() -> None:
        for check in waiting:
            found = await wrong_with(stage, check, shown)
            tally.checks += 1
            tally.denied += check.refused
            tally.allowed += not check.refused
            if found:
                tally.wrong.append(f"{check}: {found}")

    await asyncio.gather(*(one_after_another() for _ in range(_AT_ONCE)))


async def wrong_with(stage: Stage, check: Check, shown: Shown) -> str:
    """What is wrong with the answer to this check; empty when nothing is."""
    answer = await _asked(stage, check.asked)
    if answer.status not in check.statuses:
        return f"answered {answer.status} {answer.slug}, not {sorted(check.statuses)}"
    if "idempotency-replayed" in answer.headers and check.refused:
        return "an answer given to somebody else was given again"
    if not check.anything and (said := _said(stage, check, answer)):
        return f"says {said!r}, which is the owner's"
    if check.like is not None:
        absent = await _asked(stage, check.like)
        if absent.essence() != answer.essence():
            return "is answered otherwise than what never was"
    if answer.status < 300 and (more := _too_much(check, answer, shown)):
        return f"shows more than its profile: {', '.join(sorted(more))}"
    if check.ids is not None:
        return await _wrong_list(stage, check, answer)
    return ""


def _said(stage: Stage, check: Check, answer: Answer) -> str:
    body = answer.body
    said_by_asker = check.asked.query + check.asked.path if not check.refused else ""
    headers = " ".join(answer.headers.values()).encode()
    for secret in stage.secrets(check.spoken):
        if (secret in body or secret in headers) and secret.decode() not in said_by_asker:
            return secret.decode()
    return ""


def _too_much(check: Check, answer: Answer, shown: Shown) -> set[str]:
    """The fields shown to somebody whose profile does not have them; of a list, item by item."""
    said = answer.json()
    more: set[str] = set()
    if check.profile is not None:
        more |= shown.too_much(check.profile, told(said))
    for item in said["items"] if check.profiles else ():
        profile = check.profiles.get(_id_of(next(iter(item.values()))))
        if profile is not None:
            more |= shown.too_much(profile, told(item))
    return more


async def _wrong_list(stage: Stage, check: Check, first: Answer) -> str:
    """Walk the pages: exactly what may be seen, and no further page where nothing more is to be seen."""
    assert check.ids is not None
    shown: list[str] = []
    answer, pages = first, 1
    while True:
        page = answer.json()
        items = page["items"]
        shown += [next(iter(item.values())) for item in items]
        if not items and pages > 1:
            return "a further page was announced, and nothing stands on it"
        if (following := page.get("next")) is None or pages > _MOST_PAGES:
            break
        query = check.asked.query.partition("&")[0]
        answer = await _asked(stage, replace(check.asked, query=f"{query}&cursor={following}"))
        if answer.status != first.status:
            return f"page {pages + 1} is answered {answer.status}"
        pages += 1
    shown = [_id_of(each) for each in shown]
    if foreign := set(shown) - check.ids:
        return f"shows {len(foreign)} that may not be seen"
    if missing := check.ids - set(shown):
        return f"hides {len(missing)} that may be seen"
    return "shows something twice" if len(shown) != len(set(shown)) else ""


def _id_of(value: object) -> str:
    return str(value)


async def _asked(stage: Stage, asked: Asked) -> Answer:
    """A loaded machine is asked again, as a client does."""
    for attempt in range(_TRIES):
        answer = await stage.ask(asked)
        if answer.status not in (503, 409) or answer.slug not in ("try-again-soon", "still-being-done"):
            break
        await asyncio.sleep(0.05 * (attempt + 1))
    return answer


def tell(wrong: list[str], most: int = 40) -> None:
    """The first findings, on stderr."""
    for line in wrong[:most]:
        print(f"wrong: {line}", file=sys.stderr)
    if len(wrong) > most:
        print(f"and {len(wrong) - most} more", file=sys.stderr)
