"""Refusals as RFC 9457 problems in two languages: one shape, stable slugs, never an echo of what was sent."""

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.catalogue import LANGUAGES, Texts, language_of
from chassis.database import is_away, is_contended
from chassis.lifecycle import RequirementsMissing
from chassis.refusals import Refusal
from chassis.requirements import Finding
from chassis.rulebook import RulesOnDay
from chassis.telemetry import traces

MEDIA_TYPE = "application/problem+json"
RETRY_SOON_S = 1
_OF_STATUS = {
    400: "malformed-request",
    401: "sign-in-required",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "wrong-content-type",
}
log = structlog.get_logger()


class ProblemWords(BaseModel):
    title: str
    detail: str


class Problem(BaseModel):
    """The body of every refusal. `slug` is stable; never parse the words."""

    type: str
    title: str
    status: int
    detail: str
    slug: str
    texts: dict[str, ProblemWords]
    request_id: str | None = None
    details: dict[str, Any] = {}


class RequirementView(BaseModel):
    """One requirement: what it says, whether it holds, by which rule, and the step that mends it."""

    name: str
    state: str
    value: Any = None
    rule: str | None = None
    rule_from: str | None = None
    texts: dict[str, str]
    remedy: str
    remedy_texts: dict[str, str]


def requirement_view(finding: Finding, texts: Texts, rules: RulesOnDay | None = None) -> RequirementView:
    """A finding in words: text `requirement.<name>`, remedy text `remedy.<name>`."""
    need, verdict = finding.requirement, finding.verdict
    part = "met" if finding.is_met else "failed" if finding.is_failed else "being_checked"
    rule_from = None
    if need.rule is not None and rules is not None and need.rule in rules.rules:
        rule_from = rules.rule(need.rule).on(rules.day).effective_from.isoformat()
    return RequirementView(
        name=need.name,
        state=str(verdict.state),
        value=verdict.value,
        rule=need.rule,
        rule_from=rule_from,
        texts=texts.both(f"requirement.{need.name}", part, **verdict.words),
        remedy=need.remedy,
        remedy_texts=texts.both(f"remedy.{need.remedy}", **verdict.words),
    )


def problem_response(
    request: Request,
    texts: Texts,
    slug: str,
    status: int,
    /,  # words may be called `status`, as those of a move that is not open are
    *,
    details: Mapping[str, Any] | None = None,
    retry_after: int | None = None,
    **words: Any,
) -> Response:
    """A problem with its words from the catalogues; an unknown slug speaks with the words of its kind."""
    key = f"problem.{slug}" if f"problem.{slug}" in texts else f"problem.status-{status}"
    language = language_of(request.headers.get("accept-language"))
    said = {
        each: ProblemWords(title=texts.say(key, each, "title", **words), detail=texts.say(key, each, "detail", **words))
        for each in LANGUAGES
    }
    context = traces.current()
    body = Problem(
        type=f"/problems/{slug}",
        title=said[language].title,
        status=status,
        detail=said[language].detail,
        slug=slug,
        texts=said,
        request_id=context.request_id if context else None,
        details=dict(details or {}),
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(body.model_dump(mode="json")), status, headers, MEDIA_TYPE)


def install(app: FastAPI, texts: Texts, rules_today: Any) -> None:
    """One handler per kind of failure. Whatever is unforeseen is a 500 without a word about its inside."""

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        details = dict(error.details)
        if isinstance(error, RequirementsMissing):
            rules = rules_today()
            details["requirements"] = [
                requirement_view(finding, texts, rules).model_dump(mode="json") for finding in error.findings
            ]
        return problem_response(
            request, texts, error.slug, error.status, details=details, retry_after=error.retry_after, **error.words
        )

    def misshapen(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if any(e["type"] == "json_invalid" for e in error.errors()):
            return problem_response(request, texts, "malformed-json", 400)
        fields = [_field(e, texts) for e in error.errors()]
        return problem_response(request, texts, "invalid", 422, details={"fields": fields})

    def by_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return problem_response(request, texts, _OF_STATUS.get(error.status_code, "refused"), error.status_code)

    async def unforeseen(request: Request, error: Exception) -> Response:
        if is_away(error) or is_contended(error):
            return problem_response(request, texts, "try-again-soon", 503, retry_after=RETRY_SOON_S)
        log.error("request.failed", error=type(error).__name__, where=where_of(error))
        return problem_response(request, texts, "unexpected", 500)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, misshapen)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(Exception, unforeseen)


def _field(error: Any, texts: Texts) -> dict[str, Any]:
    """One wrong field: where it is, a stable code, and words when a catalogue has them; never the input."""
    code = _code(error)
    field = {"pointer": "/" + "/".join(map(str, error["loc"])), "code": code}
    key = code if code in texts else "field.invalid"
    return field | {"texts": texts.both(key, code=code)}


def _code(error: Any) -> str:
    """The validator's own slug when it gave one, else pydantic's error type; never the input."""
    reason = (error.get("ctx") or {}).get("error")
    return str(reason) if isinstance(reason, ValueError) and str(reason).isprintable() else str(error["type"])


def where_of(error: BaseException) -> str:
    """File and line of the failure, without a word of its content."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}"
