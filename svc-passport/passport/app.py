"""The passport service's first process: its API and staff's pages."""

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.http.tokens import TokenVerifier
from passport.api.applications import applications
from passport.api.officers import officers
from passport.api.parts import parts
from passport.ops import create_ops
from passport.wiring import Passport


def create_api(service: Passport, verifier: TokenVerifier | None = None) -> FastAPI:
    """Routers, health, metrics and problems. Fixed paths stand before those with an id."""
    return create_app(
        service,
        [officers, applications, parts, create_ops(service)],
        title="Passport",
        summary="Renewal of passports from draft to the door, and their activation",
        upload_paths=("/photo",),
        verifier=verifier,
    )
