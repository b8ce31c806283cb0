"""The residency service's first process: its API."""

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.http.tokens import TokenVerifier
from residency.api.iqamas import iqamas
from residency.api.renewals import renewals
from residency.api.visas import visas
from residency.wiring import Residency


def create_api(service: Residency, verifier: TokenVerifier | None = None) -> FastAPI:
    """Routers, health, metrics and problems."""
    return create_app(
        service,
        [visas, renewals, iqamas],
        title="Residency",
        summary="Exit and re-entry visas, iqama renewals and the residences they are about",
        verifier=verifier,
    )
