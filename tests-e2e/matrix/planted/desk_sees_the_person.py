"""A field too many: the officers' list, which is without personal data, shows whose case it is."""

from typing import Any

SERVICE = "passport"
ROUTES = ("GET /v1/passport-applications/work-list",)


def plant(patch: Any, stage: Any) -> None:
    from passport.api import views

    work_item = views.work_item

    def with_person(application: Any, *words: Any) -> Any:
        return work_item(application, *words).model_copy(update={"reference": application.person})

    patch.set(views, "work_item", with_person)
