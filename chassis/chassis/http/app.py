"""Putting a service's HTTP side together: the same handlers, health, metrics and contract for every service."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from chassis.database import is_away
from chassis.http import problems
from chassis.http.believing import OWNER, RelationsOwner
from chassis.http.context import RequestContext
from chassis.http.ends import Ends
from chassis.http.tokens import TokenVerifier
from chassis.wiring import Service

VERSION = "0.1.0"
PROBLEM = {
    "description": "Refused; see the slug",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def create_app(
    service: Service,
    routers: Sequence[APIRouter],
    *,
    title: str,
    summary: str,
    upload_paths: tuple[str, ...] = (),
    verifier: TokenVerifier | None = None,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """A service's API: its routers plus health, metrics and problem handlers. The outermost layer comes with `wrapped`."""

    @asynccontextmanager
    async def alive(app: FastAPI) -> AsyncIterator[None]:
        async with _hearing(app), (lifespan or _nothing_more)(app):
            yield

    app = FastAPI(
        title=title,
        summary=summary,
        version=VERSION,
        lifespan=alive,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.service = service
    app.state.verifier = verifier or TokenVerifier.from_identity(
        service.settings.public_url, service.settings.identity_url
    )
    app.state.relations_owner = None if service.name == OWNER else RelationsOwner(service.settings.identity_url)
    for router in routers:
        app.include_router(router)
    _add_house_routes(app, service)
    problems.install(app, service.texts, service.rules)
    _describe_problems(app)
    app.state.upload_paths = upload_paths
    return app


@asynccontextmanager
async def _nothing_more(_: FastAPI) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _hearing(app: FastAPI) -> AsyncIterator[None]:
    """While it serves, a service hears what has ended, so that it refuses those tokens by itself."""
    ends: Ends | None = app.state.verifier.ends
    if ends is None:
        yield
        return
    app.state.service.metrics.ends_age.set_function(lambda: ends.age)
    hearing = asyncio.create_task(ends.run())
    try:
        yield
    finally:
        hearing.cancel()


def wrapped(app: FastAPI) -> ASGIApp:
    """The app under its outermost layer, as a server runs it."""
    service: Service = app.state.service
    return RequestContext(app, service.name, service.metrics, app.state.upload_paths)


def _operation_id(route: APIRoute) -> str:
    return route.name


def _add_house_routes(app: FastAPI, service: Service) -> None:
    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False)
    async def ready(request: Request) -> Response:
        if getattr(request.app.state, "draining", False):
            return Response('{"status":"draining"}', 503, media_type="application/json")
        try:
            async with service.database.transaction() as session:
                await session.execute(sa.text("select 1"))
        except Exception as error:  # edge: any reason not to be ready is an answer here
            reason = "database away" if is_away(error) else "failing"
            return Response(f'{{"status":"{reason}"}}', 503, media_type="application/json")
        return Response('{"status":"ready"}', media_type="application/json")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(service.metrics.render(), media_type="text/plain; version=0.0.4")


def _describe_problems(app: FastAPI) -> None:
    """The contract says what refusals look like: every operation's 4XX and 5XX is our Problem."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas["Problem"] = schema
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        document["components"]["securitySchemes"] = {
            "person": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"}
        }
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                operation["responses"] |= {"4XX": PROBLEM, "5XX": PROBLEM}
        return document

    app.openapi = openapi  # type: ignore[method-assign]
