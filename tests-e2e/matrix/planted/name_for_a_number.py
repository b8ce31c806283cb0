"""A field too many: whoever asks somebody for an authorisation is told the name that belongs to the number they typed."""

from typing import Any

SERVICE = "identity"
ROUTES = ("POST /v1/authorisation-requests",)


def plant(patch: Any, stage: Any) -> None:
    from identity.api import authorisation_views

    side = authorisation_views._side

    def with_name(number: str, reader: str, sides: Any) -> Any:
        return side(number, reader, sides).model_copy(update={"names": {"ar": "اسم", "en": "NAME"}})

    patch.set(authorisation_views, "_side", with_name)
