"""The HTTP side of notify: messages, preferences, and the operators' door."""

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.http.tokens import TokenVerifier
from notify.api import notices, operators, preferences
from notify.ops import create_ops
from notify.wiring import Notify


def create_api(service: Notify, verifier: TokenVerifier | None = None) -> FastAPI:
    """The API over a running service; tests give a verifier that trusts their own keys."""
    return create_app(
        service,
        # Those with words for paths come first: a word would be read as a notice's id.
        [preferences.router, operators.router, notices.router, create_ops(service)],
        title="Ish'ar",
        summary="Who is told what of their records: messages, SMS, e-mail, and the choice of channels",
        verifier=verifier,
    )
