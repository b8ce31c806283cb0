"""Server-rendered pages: templates of the chassis and of the program, two languages, headers that allow nothing else."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from chassis.calendar import FIRST_DAY, LAST_DAY, gregorian_text, hijri_text
from chassis.catalogue import Language, Texts
from chassis.clock import RIYADH, civil_day
from chassis.web.assets import Assets

# Words or the number of a case in Latin letters, as they stand within an Arabic sentence; the last point is the sentence's.
_LATIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9@.:/_+-]*[A-Za-z0-9](?:,? [A-Za-z][A-Za-z0-9@.:/_+-]*[A-Za-z0-9])*)")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Pages:
    """Renders templates: those of the packages in the order given, then the chassis' own."""

    def __init__(self, texts: Texts, assets: Assets, *packages: str) -> None:
        self.texts = texts
        self.assets = assets
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package, "pages") for package in (*packages, "chassis.web")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(
        self,
        template: str,
        language: Language,
        /,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **words: Any,
    ) -> Response:
        """The page in one language; templates say texts with `say(key, …)` and dates with `when` and `day`."""

        def say(key: str, part: str | None = None, /, **filled: Any) -> str:
            return self.texts.say(key, language, part, **filled)

        content = self._templates.get_template(template).render(
            say=say,
            say_if=lambda key, otherwise: say(key) if key in self.texts else otherwise,
            asset=self.assets.url,
            language=language,
            isolated=isolated,
            other="en" if language == "ar" else "ar",
            direction="rtl" if language == "ar" else "ltr",
            when=lambda instant: moment_text(instant, language),
            day=lambda instant: day_text(civil_day(instant), language),
            day_of=lambda day: day_text(day, language),
            **words,
        )
        told = {**HEADERS, "Content-Language": language, **(headers or {})}
        return HTMLResponse(content, status, told)


def isolated(text: str) -> Markup:
    """A sentence in which each Latin word keeps its own direction, and the sentence's signs keep theirs."""
    parts = (
        Markup('<bdi dir="ltr">{}</bdi>').format(part) if place % 2 and not part.isdecimal() else escape(part)
        for place, part in enumerate(_LATIN.split(text))
    )
    return Markup("").join(parts)


def day_text(day: date, language: Language) -> str:
    """The day in words, in both calendars where there is a table for it; Western digits."""
    if not FIRST_DAY <= day <= LAST_DAY:
        return gregorian_text(day, language)
    return f"{hijri_text(day, language)} ({gregorian_text(day, language)})"


def moment_text(instant: datetime, language: Language) -> str:
    """Day and time of day in Riyadh."""
    there = instant.astimezone(RIYADH)
    return f"{gregorian_text(there.date(), language)} {there:%H:%M}"
