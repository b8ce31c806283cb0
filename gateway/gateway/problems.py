"""Refusals in two languages (RFC 9457): one slug, one status, both texts, the request's id."""

import orjson

from chassis.catalogue import LANGUAGES, Texts, language_of
from gateway import overview
from gateway.answers import Headers

STATUS = {
    "malformed-request": 400,
    "token-missing": 401,
    "token-refused": 401,
    "not-found": 404,
    "method-not-allowed": 405,
    "body-late": 408,
    "body-too-large": 413,
    "too-many-requests": 429,
    "unexpected": 500,
    "answer-broken": 502,
    "service-unavailable": 503,
    "upstream-late": 504,
}
MEDIA_TYPE = b"application/problem+json"


class Refusal(Exception):
    """The gateway's own no. `details` go into the body and fill the texts; `headers` go beside it.

    `closing` says that the request's body was not read to its end, so the connection cannot be used again.
    """

    def __init__(
        self,
        slug: str,
        *,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        closing: bool = False,
        **details: str | int | list[str],
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.status = STATUS[slug]
        self.headers = headers
        self.closing = closing
        self.details = details


def render(
    texts: Texts, refusal: Refusal, request_id: str, accepted: bytes | None, *, as_page: bool = False
) -> tuple[Headers, bytes]:
    """The headers and the body of a refusal, in the language that was asked for; `as_page` for a person's browser."""
    spoken = language_of(accepted.decode("latin-1") if accepted else None)
    said = {code: _said(texts, refusal, code) for code in LANGUAGES}
    if as_page:
        body = overview.refused(said[spoken]["title"], said[spoken]["detail"], request_id, texts, spoken).encode()
    else:
        body = orjson.dumps(
            {
                "type": f"/problems/{refusal.slug}",
                "title": said[spoken]["title"],
                "status": refusal.status,
                "detail": said[spoken]["detail"],
                "slug": refusal.slug,
                "texts": said,
                "request_id": request_id,
                "details": refusal.details,
            }
        )
    headers = [
        (b"content-type", overview.MEDIA_TYPE if as_page else MEDIA_TYPE),
        (b"content-language", spoken.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"vary", b"Accept, Accept-Language"),
        (b"cache-control", b"no-store"),
        *((overview.POLICY,) if as_page else ()),
        *refusal.headers,
    ]
    return headers, body


def _said(texts: Texts, refusal: Refusal, code: str) -> dict[str, str]:
    key = f"problem.{refusal.slug}"
    return {part: texts.say(key, code, part, **refusal.details) for part in ("title", "detail")}
