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


def words_of(texts: Texts, rule: Rule, event: Event) -> dict[str, dict[str, str]]:
    """The words this event's texts fill in, by language; nothing else of the event is kept."""
    return {
        language: {name: _written(texts, name, getattr(event, name), language) for name in fields_of(texts, rule)}
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
    """The message to somebody of that standing, in both languages: `you` for the holder, whose record for others."""
    if standing is Standing.HOLDER:
        return {language: texts.say(rule.text, language, "holder", **words[language]) for language in LANGUAGES}
    who = texts.both(f"who.{standing}", ending=person[-_ENDING:])
    return {
        language: texts.say(rule.text, language, "other", who=who[language], **words[language])
        for language in LANGUAGES
    }


def _written(texts: Texts, name: str, value: Any, language: Language) -> str:
    if isinstance(value, datetime):
        local = value.astimezone(RIYADH)
        return texts.say("instant", language, day=gregorian_text(local.date(), language), time=local.strftime("%H:%M"))
    if isinstance(value, date):
        return gregorian_text(value, language)
    key = f"word.{name}.{value}"
    return texts.say(key, language) if key in texts else str(value)
