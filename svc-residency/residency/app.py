"""The residency service's first process: its API and the operators' door."""

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.http.tokens import TokenVerifier
from residency.api.iqamas import iqamas
from residency.api.renewals import renewals
from residency.api.visas import visas
from residency.ops import create_ops
from residency.wiring import Residency


def create_api(service: Residency, verifier: TokenVerifier | None = None) -> FastAPI:
    """Routers, the operators' door, health, metrics and problems."""
    return create_app(
        service,
        [visas, renewals, iqamas, create_ops(service)],
        title="Residency",
        summary="Exit and re-entry visas, iqama renewals and the residences they are about",
        verifier=verifier,
    )
