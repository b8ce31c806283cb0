"""A route that is open to programs asks for none of its own scopes: one that was given something else gets in."""

from dataclasses import replace
from typing import Any

SERVICE = "identity"
ROUTES = ("POST /v1/activation-batches",)


def plant(patch: Any, stage: Any) -> None:
    principal = stage.api.state.verifier.principal

    async def with_every_scope(token: str) -> Any:
        told = await principal(token)
        return replace(told, scopes=told.scopes | {"activations"})

    patch.set(stage.api.state.verifier, "principal", with_every_scope)
