"""What stands on each service's stage: rows of every kind, written through the service's own models."""

from importlib import import_module
from types import ModuleType

SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support")


def of(service: str) -> ModuleType:
    """The module that furnishes a service: `create_service`, `create_api`, `owners_things`, `own_things`."""
    return import_module(f"matrix.furniture.{service}")
