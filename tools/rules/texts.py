"""Every text a person reads stands in Arabic and in English, and both say the same things.

A key with one language is a page half of the people cannot read; a placeholder in one language only is a fact half of them
are not told.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from tools.rules.source import Source, Violation

_LANGUAGES = ("ar", "en")
_PLACEHOLDER = re.compile(r"\{\s*(\w+)[^{}]*\}")
_ARABIC_LETTER = re.compile(r"[ء-ي]")
_LETTER = re.compile(r"[^\W\d_]")


def check(source: Source) -> Iterator[Violation]:
    """Keys of `texts/*.toml`, and titles of dated rules, that lack a language or whose two texts disagree."""
    if source.path.suffix != ".toml" or source.path.parent.name not in {"texts", "rules"}:
        return
    try:
        catalogue = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as trouble:
        yield source.at(1, f"not TOML: {trouble}")
        return
    entries = _entries(catalogue, "") if source.path.parent.name == "texts" else _titles(catalogue)
    for key, entry in entries:
        line = _line_of(source.text, key)
        yield from (source.at(line, f"[{key}] {message}") for message in _faults(entry))


def _entries(table: dict[str, object], prefix: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Every entry of a catalogue by its dotted key; a table of tables that are no languages is only a heading."""
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if not isinstance(value, dict):
            yield prefix or name, {name: value}
        elif not set(value) & set(_LANGUAGES) and all(isinstance(inner, dict) for inner in value.values()):
            yield from _entries(value, key)
        else:
            yield key, value


def _titles(rules: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """The title of every dated rule, where it has one: people read it in refusals."""
    listed = rules.get("rule", [])
    for rule in listed if isinstance(listed, list) else []:
        if isinstance(rule, dict) and isinstance(title := rule.get("title"), dict):
            yield str(rule.get("id", "a rule")), title


def _faults(entry: dict[str, object]) -> Iterator[str]:
    if unknown := sorted(set(entry) - set(_LANGUAGES)):
        yield f"has {', '.join(map(repr, unknown))}, which no reader asks for"
    parts = {language: _parts(entry.get(language)) for language in _LANGUAGES}
    for language in _LANGUAGES:
        if not parts[language]:
            yield f"has no {language}"
    if all(parts.values()):
        if set(parts["ar"]) != set(parts["en"]):
            yield f"has the parts {sorted(parts['ar'])} in Arabic but {sorted(parts['en'])} in English"
        for name in sorted(set(parts["ar"]) & set(parts["en"])):
            yield from _disagreements(parts["ar"][name], parts["en"][name])


def _parts(value: object) -> dict[str, str]:
    """The text of one language by part; a plain text is one part without a name. Empty where anything in it is empty."""
    texts = value if isinstance(value, dict) else {"": value}
    if any(not isinstance(text, str) or not text.strip() for text in texts.values()):
        return {}
    return dict(texts)


def _disagreements(arabic: str, english: str) -> Iterator[str]:
    is_language_switch = bool(_ARABIC_LETTER.search(english))  # each page names the other language in its own letters
    if _LETTER.search(_PLACEHOLDER.sub("", english)) and not _ARABIC_LETTER.search(arabic) and not is_language_switch:
        yield "says the Arabic in another script"
    filled = {
        language: set(_PLACEHOLDER.findall(text)) for language, text in (("Arabic", arabic), ("English", english))
    }
    if filled["Arabic"] != filled["English"]:
        yield f"fills in {sorted(filled['Arabic'])} in Arabic but {sorted(filled['English'])} in English"


def _line_of(text: str, key: str) -> int:
    last = key.rpartition(".")[2]
    return next((number for number, line in enumerate(text.splitlines(), 1) if last in line), 1)
