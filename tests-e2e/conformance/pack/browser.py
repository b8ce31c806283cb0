"""A browser without a screen: cookies and redirects by hand, plain forms filled in as a person would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2

from conformance.pack.modules import Failed
from conformance.pack.target import Person, Target
from conformance.pack.web import open_web

_MOST_STEPS = 20


@dataclass
class Form:
    """A form on a page: hidden fields, fields to fill in, buttons with a name."""

    action: str
    method: str
    hidden: dict[str, str] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._open: Form | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(has.get("action", ""), has.get("method", "get").upper())
            self.found.append(self._open)
            self._by_id[has.get("id", "")] = self._open
        form = self._by_id.get(has["form"]) if has.get("form") else self._open
        if form is None or not has.get("name"):
            return
        if tag == "button":
            form.buttons.append((has["name"], has.get("value", "")))
        elif tag == "input" and has.get("type") == "hidden":
            form.hidden[has["name"]] = has.get("value", "")
        elif tag == "input":
            form.asks.append(has["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


@dataclass
class Landing:
    """Where a walk ended: at an address of somebody else (`left`), or on a page of the provider."""

    left: str
    page: httpx2.Response
    typed: list[str]

    @property
    def answer(self) -> dict[str, str]:
        """The parameters at the address it left to. Raises Failed for a doubled one."""
        parts = urlsplit(self.left)
        if parts.fragment:
            raise Failed("the answer is in the fragment")
        given = parse_qs(parts.query, keep_blank_values=True)
        if doubled := [name for name, values in given.items() if len(values) > 1]:
            raise Failed(f"the answer has {doubled} twice")
        return {name: values[0] for name, values in given.items()}

    def told(self) -> str:
        """In words, for a failure's message."""
        if self.left:
            return f"went to {self.left[:300]}"
        return f"page {self.page.status_code} at {self.page.request.url.path}"


class Browser:
    """One person's browser. `typed` of a landing tells which fields had to be filled in on the way."""

    def __init__(self, target: Target, person: Person | None = None) -> None:
        self.target = target
        self.person = person
        self.steps: list[httpx2.Response] = []
        self.web = open_web(target.headers())

    async def close(self) -> None:
        await self.web.aclose()

    async def open(self, url: str, form: dict[str, str] | None = None) -> Landing:
        """Go to an address (by POST when a form is given) and follow redirects within the provider; fill in nothing."""
        response = await self._ask("POST" if form is not None else "GET", url, form)
        for _ in range(_MOST_STEPS):
            if response.status_code not in (301, 302, 303, 307, 308):
                return Landing("", response, [])
            where = urljoin(str(response.request.url), response.headers["location"])
            if not where.startswith(f"{self.target.issuer}/"):
                return Landing(where, response, [])
            response = await self._ask("GET", where, None)
        raise Failed("redirects lead round in a circle")

    async def walk(self, url: str, form: dict[str, str] | None = None, *, refuse: bool = False) -> Landing:
        """Open, then do on every page what is asked there, until the browser is sent elsewhere or nothing is asked.

        A form that is shown again after it was filled in is a refusal, and ends the walk there.
        """
        landing, typed, sent = await self.open(url, form), list[str](), set[tuple[str, ...]]()
        while not landing.left and (filled := await self._filled(landing.page, typed, refuse=refuse)):
            target, words = filled
            if (form_sent := (target, *sorted(words))) in sent:
                break
            sent.add(form_sent)
            landing = await self.open(target, words)
        return Landing(landing.left, landing.page, typed)

    async def _filled(
        self, page: httpx2.Response, typed: list[str], *, refuse: bool
    ) -> tuple[str, dict[str, str]] | None:
        forms = [form for form in _Forms(page.text).found if form.method == "POST"]
        refusals = [(form, b) for form in forms for b in form.buttons if refuse and b in self.target.refuse]
        for form, button in refusals:
            return self._sent(page, form, dict([button]))
        for form in forms:
            known = [name for name in form.asks if self.person and name in self.person.fields]
            if form.asks and not known:
                continue
            words = {name: await self._word(name) for name in known}
            typed += known or ["button"]
            accepted = [b for b in form.buttons if b in self.target.accept] or form.buttons[:1]
            return self._sent(page, form, words | dict(accepted))
        return None

    async def _word(self, name: str) -> str:
        assert self.person is not None
        word = self.person.fields[name]
        return word if isinstance(word, str) else await word()

    def _sent(self, page: httpx2.Response, form: Form, words: dict[str, str]) -> tuple[str, dict[str, str]]:
        return urljoin(str(page.request.url), form.action), form.hidden | words

    async def _ask(self, method: str, url: str, form: dict[str, str] | None) -> httpx2.Response:
        response = await self.web.request(method, url, data=form)
        self.steps.append(response)
        if response.status_code >= 500:
            raise Failed(f"{method} {urlsplit(url).path} answered {response.status_code}")
        return response
