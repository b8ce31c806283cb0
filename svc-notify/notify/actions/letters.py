"""A notice as a letter: subject, plain text, and HTML that reads from the right in Arabic."""

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, Template

from chassis.catalogue import Texts
from notify.models import Notice

_DIRECTION = {"ar": "rtl", "en": "ltr"}


def letter_of(texts: Texts, notice: Notice) -> dict[str, Any]:
    """The letter's parts in the recipient's language."""
    language = str(notice.language)
    said = {
        "subject": notice.title[language],
        "greeting": texts.say("letter.greeting", language),
        "message": notice.texts[language],
        "closing": texts.say("letter.closing", language),
    }
    plain = "\n\n".join((said["greeting"], said["message"], said["closing"])) + "\n"
    html = _template().render(**said, language=language, direction=_DIRECTION[language])
    return {"subject": said["subject"], "text": plain, "html": html, "language": language}


@cache
def _template() -> Template:
    source = resources.files("notify").joinpath("pages", "letter.html").read_text(encoding="utf-8")
    return Environment(autoescape=True).from_string(source)
