"""Support's first process: the API of applicants, specialists and the public."""

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.http.tokens import TokenVerifier
from support.api import desk, public, tickets
from support.ops import create_ops
from support.wiring import Support


def create_api(service: Support, verifier: TokenVerifier | None = None) -> FastAPI:
    """Put the routers together; the desk's fixed paths stand before `/v1/tickets/{id}`."""
    return create_app(
        service,
        [desk.router, tickets.router, public.router, create_ops(service)],
        title="Support",
        summary="Tawasul tickets for what could not be completed, and the catalogue of services",
        upload_paths=("/attachments",),
        verifier=verifier,
    )
