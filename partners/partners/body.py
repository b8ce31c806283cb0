"""How any outside body is asked over HTTP, and the three ways such a question ends.

Answer       the body did what was asked, or told what it knows; carries its reference and the instant it answered
Refused      the body said no, and nothing was done; carries a slug
Unreachable  no usable answer (`chassis.http.client`): the outcome is unknown unless `never_sent` is true, so an act is
             asked about by its reference before it is sent again
"""

from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

import httpx2
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from chassis.http.client import HttpClient, Unreachable

__all__ = ["Answer", "Body", "Fact", "Garbled", "Refused", "Unreachable"]

A = TypeVar("A", bound="Answer")


class Fact(BaseModel):
    """A part of an answer: frozen, and tolerant of fields a body adds later."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Answer(Fact):
    """What every answer carries: the body's own reference and when it answered (UTC, business time)."""

    reference: str
    answered_at: AwareDatetime


class Refused(Exception):
    """The body said no and did nothing. `slug` says why; `details` holds no personal data."""

    def __init__(
        self, body: str, slug: str, *, status: int = 409, details: dict[str, Any] | None = None, reference: str = ""
    ) -> None:
        super().__init__(f"{body}: {slug}")
        self.body = body
        self.slug = slug
        self.status = status
        self.details = details or {}
        self.reference = reference

    @property
    def passing(self) -> bool:
        """Whether the same may be asked again later under the same reference."""
        return self.status in (httpx2.codes.TOO_MANY_REQUESTS, httpx2.codes.SERVICE_UNAVAILABLE)


class Garbled(Unreachable):
    """The body answered something that is not its wire: as unknown an outcome as no answer at all."""

    def __init__(self, body: str, reason: str) -> None:
        super().__init__(body, f"garbled answer: {reason}")


class _Refusal(Fact):
    slug: str
    details: dict[str, Any] = {}
    reference: str = ""
    answered_at: datetime | None = None


class Body:
    """An outside body that answers over HTTP. Subclasses name it and say what can be asked of it."""

    name: ClassVar[str]

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @classmethod
    def at(cls, base_url: str, *, total_s: float = 5.0) -> Self:
        """The body behind an address; `total_s` is how long one question may take, retries included."""
        return cls(HttpClient(cls.name, base_url, total_s=total_s))

    async def close(self) -> None:
        await self._http.close()

    async def _look(self, path: str, question: dict[str, Any], shape: type[A]) -> A:
        """Ask for a fact: safe to repeat."""
        return self._read(await self._http.request("POST", path, json=question, repeatable=True), shape)

    async def _act(self, path: str, order: dict[str, Any], shape: type[A]) -> A:
        """Ask for something to be done: sent once; who gets `Unreachable` asks by the order's own reference."""
        return self._read(await self._http.request("POST", path, json=order, repeatable=False), shape)

    def _read(self, response: httpx2.Response, shape: type[A]) -> A:
        if response.status_code >= httpx2.codes.BAD_REQUEST:
            raise self._refusal(response)
        try:
            return shape.model_validate_json(response.content)
        except ValidationError as error:
            # The places only: the values may be somebody's.
            places = {".".join(map(str, each["loc"])) for each in error.errors(include_input=False, include_url=False)}
            raise Garbled(self.name, ", ".join(sorted(places))) from None

    def _refusal(self, response: httpx2.Response) -> Exception:
        try:
            told = _Refusal.model_validate_json(response.content)
        except ValidationError:
            return Garbled(self.name, f"status {response.status_code}")
        return Refused(
            self.name, told.slug, status=response.status_code, details=told.details, reference=told.reference
        )
