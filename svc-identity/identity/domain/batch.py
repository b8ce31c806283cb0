"""A batch of activations as it is handed in: each line becomes a row or a row with named faults, and no line is lost."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contracts.values import fold_digits, is_person_number, to_mobile

COLUMNS = ("number", "mobile", "language")
LANGUAGES = ("ar", "en")
_KEPT = 20  # of a number that is none: enough to find the line, too little to hold a story


class Format(StrEnum):
    """How a batch is written: JSON lines, or comma-separated values with or without a heading."""

    JSON_LINES = "application/x-ndjson"
    CSV = "text/csv"


class RowState(StrEnum):
    """Where one row of a batch stands."""

    HELD = "held"
    WAITING = "waiting"
    WORKING = "working"
    ACTIVATED = "activated"
    REFUSED = "refused"


OPEN_STATES = (RowState.HELD, RowState.WAITING, RowState.WORKING)


class BatchUnreadable(ValueError):
    """The whole of it is no text of the announced format."""


@dataclass(frozen=True)
class Row:
    """One line: `line` counts from 1 as an editor shows it; `faults` are slugs, empty when it may be worked."""

    line: int
    number: str
    mobile: str
    language: str = "ar"
    faults: tuple[str, ...] = field(default=())


def read_rows(content: bytes, written: Format) -> list[Row]:
    """Every row in order, faults named, doubles marked at their second place. Raises BatchUnreadable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BatchUnreadable("batch-not-text") from None
    given = _json_lines(text) if written is Format.JSON_LINES else _csv_lines(text)
    return list(_without_doubles(_row(line, words) for line, words in given))


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    for line, words in enumerate(text.splitlines(), start=1):
        if not words.strip():
            continue
        try:
            told = json.loads(words)
        except (ValueError, RecursionError):
            told = None
        yield line, told if isinstance(told, dict) else None


def _csv_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    reader = csv.reader(io.StringIO(text))
    try:
        for cells in reader:
            words = [cell.strip() for cell in cells]
            is_heading = reader.line_num == 1 and words[:1] == ["number"]
            if any(words) and not is_heading:
                fits = len(words) <= len(COLUMNS)
                yield reader.line_num, dict(zip(COLUMNS, words, strict=False)) if fits else None
    except csv.Error:
        raise BatchUnreadable("batch-not-readable") from None


def _row(line: int, words: dict[str, Any] | None) -> Row:
    if words is None or set(words) - set(COLUMNS):
        return Row(line, "", "", faults=("row-not-valid",))
    number = fold_digits(str(words.get("number") or "")).strip()
    language = str(words.get("language") or "ar").strip().lower()
    faults = [] if is_person_number(number) else ["person-number-not-valid"]
    try:
        mobile = to_mobile(str(words.get("mobile") or ""))
    except ValueError:
        mobile = ""
        faults.append("mobile-not-valid")
    if language not in LANGUAGES:
        language = "ar"
        faults.append("language-not-valid")
    return Row(line, number[:_KEPT], mobile, language, tuple(faults))


def _without_doubles(rows: Iterable[Row]) -> Iterator[Row]:
    numbers: set[str] = set()
    mobiles: set[str] = set()
    for row in rows:
        faults = list(row.faults)
        if row.number in numbers:
            faults.append("number-twice")
        elif row.mobile in mobiles:
            faults.append("mobile-twice")
        if not faults:
            numbers.add(row.number)
            mobiles.add(row.mobile)
        yield Row(row.line, row.number, row.mobile, row.language, tuple(faults))
