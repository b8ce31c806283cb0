"""What a form brought, read as the contract reads it; what is wrong is said beside its field, in the page's language."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chassis.catalogue import Language
from chassis.refusals import Refusal
from identity.actions.confirm import PasswordNotGood
from identity.wiring import Identity

Shape = TypeVar("Shape", bound=BaseModel)
Beside = dict[str, str]
"""By the id of a field: what is the matter with it."""


def read_form(
    service: Identity, language: Language, shape: type[Shape], given: Mapping[str, Any], labels: Mapping[str, str]
) -> tuple[Shape | None, Beside]:
    """The form as `shape`, or what is wrong, in the order of its fields.

    `labels` are the fields as they stand on the page, each with the key of its label; the first answers for what is wrong
    with all of it. A field inside another, `passport.number`, is `passport_number` in the form.
    """
    try:
        return shape.model_validate(given), {}
    except ValidationError as wrong:
        found = {"_".join(map(str, e["loc"])) or next(iter(labels)): e for e in wrong.errors()}
    return None, {
        field: _said(service, language, found[field], service.texts.say(label, language))
        for field, label in labels.items()
        if field in found
    }


def said_of(service: Identity, language: Language, refusal: Refusal) -> str:
    """What a refusal says to whoever reads a page."""
    return service.texts.say(f"problem.{refusal.slug}", language, "detail", **refusal.words)


def weak_password(service: Identity, language: Language, weak: PasswordNotGood) -> Beside:
    """Every way in which a password breaks the rule, beside it."""
    return {"password": " ".join(service.texts.say(f"page.fault_{each}", language) for each in weak.details["faults"])}


def _said(service: Identity, language: Language, error: Any, label: str) -> str:
    code = str(error["type"])
    if code in service.texts:
        return service.texts.say(code, language)
    return service.texts.say("page.fault_day" if code.startswith("date") else "page.fault_empty", language, label=label)
