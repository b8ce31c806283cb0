"""Putting a notice into words: what the event carries, written out for people, inside the catalogue's texts."""

from datetime import date, datetime
from string import Formatter
from typing import Any

from chassis.calendar import gregorian_text
from chassis.catalogue import LANGUAGES, Language, Texts
from chassis.clock import RIYADH
from contracts.event import Event
from notify.domain.telling import Rule, Standing

_ENDING = 4  # digits of a number by which its owner is known to somebody who knows them
_PEOPLE = frozenset({"grantee", "acted_by", "on_behalf_of"})  # fields that hold somebody's number
_ACTED_FOR = ("acted_by", "on_behalf_of")


def words_of(texts: Texts, rule: Rule, event: Event) -> dict[str, dict[str, str]]:
    """The words this event's texts fill in, by language; nothing else of the event is kept."""
    names = [*fields_of(texts, rule), *(name for name in _ACTED_FOR if getattr(event, name, None) is not None)]
    return {
        language: {name: _written(texts, name, getattr(event, name), language) for name in names}
        for language in LANGUAGES
    }


def fields_of(texts: Texts, rule: Rule) -> list[str]:
    """The event's fields that the texts of a rule speak of."""
    said = (texts.say(rule.text, language, part) for language in LANGUAGES for part in ("holder", "other"))
    return sorted({name for text in said for _, name, _, _ in Formatter().parse(text) if name} - {"who"})


def title_of(texts: Texts, rule: Rule) -> dict[str, str]:
    """What the notice is about in a few words, in both languages."""
    return texts.both(rule.text, "title")


def texts_of(
    texts: Texts, rule: Rule, standing: Standing, person: str, words: dict[str, dict[str, str]]
) -> dict[str, str]:
    """The message to somebody of that standing, in both languages: `you` for the holder, whose record for others.

    What somebody did for another by an authorisation is told with both of them.
    """
    who = {} if standing is Standing.HOLDER else texts.both(f"who.{standing}", ending=person[-_ENDING:])
    return {language: _said(texts, rule, language, words[language], who.get(language)) for language in LANGUAGES}


def _said(texts: Texts, rule: Rule, language: Language, words: dict[str, str], who: str | None) -> str:
    if who is None:
        said = texts.say(rule.text, language, "holder", **words)
    else:
        said = texts.say(rule.text, language, "other", who=who, **words)
    if all(name in words for name in _ACTED_FOR):
        said += " " + texts.say("acted_for", language, **{name: words[name] for name in _ACTED_FOR})
    return said


def _written(texts: Texts, name: str, value: Any, language: Language) -> str:
    if name in _PEOPLE:
        return str(value)[-_ENDING:]
    if isinstance(value, datetime):
        local = value.astimezone(RIYADH)
        return texts.say("instant", language, day=gregorian_text(local.date(), language), time=local.strftime("%H:%M"))
    if isinstance(value, date):
        return gregorian_text(value, language)
    key = f"word.{name}.{value}"
    return texts.say(key, language) if key in texts else str(value)
