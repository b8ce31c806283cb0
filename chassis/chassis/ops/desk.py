"""One request of a member of staff: who they are, what they may, and how they are answered."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chassis.authority import Principal
from chassis.catalogue import Language
from chassis.database import Session
from chassis.lifecycle import OpenAction
from chassis.ops.blocks import Button, Cell, Field, Picture, Row, Step
from chassis.refusals import Invalid
from chassis.web.sign_in import Browser

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit

REASON_LENGTHS = (5, 500)


class ReasonNeeded(Invalid):
    """An act that grants, destroys or repeats out of rule was asked for without saying why."""

    slug = "reason-needed"


class FieldNotValid(Invalid):
    """A field of a form is not what it should be; what was typed is not echoed."""

    slug = "field-not-valid"


class SignInNeeded(Exception):
    """Nobody is signed in here, or no longer."""


@dataclass
class Desk:
    """What a page or an act of the ops door gets. `held` are the staff roles held now, each with its offices."""

    kit: "OpsKit"
    request: Request
    session: Session
    principal: Principal
    browser: Browser
    held: Mapping[str, set[str]]
    language: Language
    form: FormData

    @property
    def standing(self) -> str:
        """The role an act is written down under."""
        return min(self.held)

    def say(self, key: str, part: str | None = None, /, **words: Any) -> str:
        """A text of the catalogues in the reader's language."""
        return self.kit.pages.texts.say(key, self.language, part, **words)

    def url(self, path: str) -> str:
        """The address of a page of this service's ops door in the reader's language."""
        return f"{self.kit.prefix}/{self.language}{path}"

    def field(self, name: str) -> str:
        """What a form says under a name; empty when nothing."""
        given = self.form.get(name)
        return given.strip() if isinstance(given, str) else ""

    def value(self, name: str, kind: Any) -> Any:
        """A field as a value of a type of the contracts, digits folded. Raises FieldNotValid."""
        try:
            return TypeAdapter(kind).validate_python(self.field(name))
        except ValidationError as odd:
            raise FieldNotValid(field=name) from odd

    def reason(self, name: str = "reason") -> str:
        """Why, in the words of whoever acts. Raises ReasonNeeded."""
        said = self.field(name)
        if not REASON_LENGTHS[0] <= len(said) <= REASON_LENGTHS[1]:
            raise ReasonNeeded(shortest=REASON_LENGTHS[0], longest=REASON_LENGTHS[1])
        return said

    def back(self, path: str, done: str | None = None) -> Response:
        """After an act: to a page, which says what was done (`done` is a text key)."""
        return RedirectResponse(self.url(path) + (f"?done={done}" if done else ""), 303)

    def show(self, template: str, /, *, title: str, **words: Any) -> Response:
        """A page of the section's own template, which extends `ops.html`."""
        return self.kit.page(self.request, self.language, template, desk=self, title=title, **words)

    def list_page(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        lead: str | None = None,
        following: str | None = None,
        buttons: Sequence[Button] = (),
    ) -> Response:
        """A work list: columns by their words, rows with links and buttons, and the way to the next page."""
        more = None if following is None else f"?cursor={following}"
        return self.show("list.html", title=title, columns=columns, rows=rows, lead=lead, more=more, buttons=buttons)

    def case_page(
        self,
        title: str,
        facts: Sequence[tuple[str, Cell]],
        *,
        state: Cell | None = None,
        steps: Sequence[Step] = (),
        buttons: Sequence[Button] = (),
        pictures: Sequence[Picture] = (),
        links: Sequence[tuple[str, str]] = (),
        lead: str | None = None,
    ) -> Response:
        """One case: its facts, what can be done with it now and what stands in the way, and its history."""
        return self.show(
            "case.html",
            title=title,
            facts=facts,
            state=state,
            steps=steps,
            buttons=buttons,
            pictures=pictures,
            links=links,
            lead=lead,
        )

    def buttons(
        self,
        open_actions: Sequence[OpenAction[Any]],
        path: str,
        *,
        labels: str,
        fields: Mapping[str, Sequence[Field]] | None = None,
        danger: Sequence[str] = (),
    ) -> list[Button]:
        """A button for every open action of a lifecycle, at `{path}/{action}`; `labels` prefixes the texts' keys."""
        return [
            Button(
                self.url(f"{path}/{each.action}"),
                self.say(f"{labels}{each.action}"),
                fields=(fields or {}).get(str(each.action), ()),
                in_the_way=[
                    self.say(
                        f"requirement.{finding.requirement.name}",
                        "failed" if finding.is_failed else "being_checked",
                        **finding.verdict.words,
                    )
                    for finding in each.in_the_way
                ],
                tone="danger" if str(each.action) in danger else "",
            )
            for each in open_actions
        ]

    def reason_field(self) -> Field:
        """The question every act out of rule asks."""
        return Field("reason", self.say("ops.reason"))

    def once(self) -> str:
        """A key new for each form shown: the same form sent twice is one act."""
        return secrets.token_urlsafe(12)
