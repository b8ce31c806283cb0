"""The simulators' side of the wire: questions of exactly their fields, refusals in the form the clients read."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import is_away, is_contended
from partners.simulators.faults import BodyFails
from partners.simulators.world import Refuses, World

_INVALID, _AWAY = 422, 503


class Question(BaseModel):
    """Base of every question and order: a field more or less is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def speak(app: FastAPI, world: World) -> None:
    """Give the application its ways to say no."""

    def refusal(status: int, slug: str, details: dict[str, object]) -> JSONResponse:
        stamp = world.stamp("REF")
        content = {
            "slug": slug,
            "details": details,
            "reference": stamp["reference"],
            "answered_at": stamp["answered_at"].isoformat(),
        }
        return JSONResponse(content, status_code=status)

    @app.exception_handler(Refuses)
    async def refuses(_: Request, error: Refuses) -> Response:
        return refusal(error.status, error.slug, error.details)

    @app.exception_handler(BodyFails)
    async def fails(_: Request, error: BodyFails) -> Response:
        return Response(status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        # Places only: the input itself may be somebody's.
        places = sorted({".".join(map(str, each["loc"])) for each in error.errors()})
        return refusal(_INVALID, "question-not-valid", {"fields": places})

    @app.exception_handler(SQLAlchemyError)
    async def rows_away(_: Request, error: SQLAlchemyError) -> Response:
        if is_away(error) or is_contended(error):
            return Response(status_code=_AWAY)
        raise error
