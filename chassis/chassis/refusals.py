"""The five ways to say no. A domain error picks one and a slug; words in two languages come from the catalogues.

Refusal
├── NotFound     not there, or not yours (the same answer)
├── Forbidden    yours to see, not to do
├── Conflict     the state does not allow it
├── Invalid      the shape or a value is wrong
└── Unavailable  not now: try again after some seconds
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """Refused, with a stable slug, details for machines and parameters for the words."""

    status: ClassVar[int] = 500
    slug: str = "refused"

    def __init__(
        self,
        slug: str | None = None,
        *,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
        **words: Any,
    ) -> None:
        if slug is not None:
            self.slug = slug
        self.details = details or {}
        self.retry_after = retry_after
        self.words = words
        super().__init__(self.slug)


class NotFound(Refusal):
    """Absent and forbidden look alike from outside."""

    status = 404
    slug = "not-found"


class Forbidden(Refusal):
    status = 403
    slug = "not-allowed"


class Conflict(Refusal):
    status = 409
    slug = "conflict"


class Invalid(Refusal):
    status = 422
    slug = "invalid"


class Unavailable(Refusal):
    status = 503
    slug = "unavailable"


class Unauthenticated(Refusal):
    """No valid token: who is asking is not known."""

    status = 401
    slug = "sign-in-required"


class TooMany(Refusal):
    """A limit on codes, attempts or messages was reached."""

    status = 429
    slug = "too-many"
