"""What has ended is not asked for any more: a suspended one's and a dead one's tokens are good until they expire."""

from typing import Any

SERVICE = "passport"
ROUTES = ("GET /v1/passports", "GET /v1/passport-applications/work-list")


def plant(patch: Any, stage: Any) -> None:
    patch.set(stage.api.state.verifier, "ends", None)
