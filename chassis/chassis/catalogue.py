"""Texts in two languages from catalogues: `texts/*.toml` of each package, a table per key with `ar` and `en`.

A key whose value is itself a table of parts (title, detail, …) yields those parts. A missing key or language is an
error at start, not a surprise in front of a person.
"""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, ...] = ("ar", "en")


class TextMissing(LookupError):
    """A key, a part or a language is not in the catalogues."""


@functools.cache
def _catalogues(package: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """A package's catalogues; many services of one process share the house's."""
    folder = resources.files(package).joinpath("texts")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple((file.name, tomllib.loads(file.read_text(encoding="utf-8"))) for file in files)


class Texts:
    """All texts of a service; later packages add to earlier ones, a doubled key is an error."""

    def __init__(self, *packages: str) -> None:
        self._entries: dict[str, Mapping[str, Any]] = {}
        for package in packages:
            for file, entries in _catalogues(package):
                self._take(package, file, entries)

    def _take(self, package: str, file: str, entries: Mapping[str, Any]) -> None:
        for key, entry in entries.items():
            if missing := [language for language in LANGUAGES if language not in entry]:
                raise TextMissing(f"{package}/texts/{file}: {key} lacks {', '.join(missing)}")
            if key in self._entries:
                raise ValueError(f"{package}/texts/{file}: {key} is said twice")
            self._entries[key] = entry

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def say(self, key: str, language: str, /, part: str | None = None, **words: Any) -> str:
        """The text in one language with `{words}` filled in. Raises TextMissing."""
        try:
            entry = self._entries[key][language]
            text = entry if part is None else entry[part]
        except (KeyError, TypeError):
            raise TextMissing(f"{key}{'.' + part if part else ''} in {language}") from None
        return str(text).format_map(_Words(words))

    def both(self, key: str, /, part: str | None = None, **words: Any) -> dict[str, str]:
        """The text in every language."""
        return {language: self.say(key, language, part, **words) for language in LANGUAGES}

    def keys(self) -> set[str]:
        return set(self._entries)


class _Words(dict[str, Any]):
    """A word that was not given stays visible as its name instead of failing in front of a person."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def language_of(accept_language: str | None) -> Language:
    """The best of our languages for an `Accept-Language` header; Arabic when nothing fits."""
    best: tuple[Language, float] = ("ar", 0.0)
    for part in (accept_language or "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        for language in LANGUAGES:
            if tag[:2].lower() == language and quality > best[1]:
                best = (language, quality)
    return best[0]
