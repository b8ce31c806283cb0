"""Delivery's first process: the API of holders, clerks, operators and the carrier."""

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.http.tokens import TokenVerifier
from delivery.api import addresses, callbacks, offices, packing, shipments
from delivery.ops import create_ops
from delivery.wiring import Delivery


def create_api(service: Delivery, verifier: TokenVerifier | None = None) -> FastAPI:
    """Put the routers together."""
    return create_app(
        service,
        # The packing desk's fixed paths stand before `/v1/shipments/{id}`.
        [packing.router, shipments.router, addresses.router, offices.router, callbacks.router, create_ops(service)],
        title="Delivery",
        summary="Envelopes on their way to the door: shipments, hand-over, claims, addresses and offices",
        verifier=verifier,
    )
