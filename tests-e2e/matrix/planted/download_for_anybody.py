"""A download goes round the check that its page makes: whoever knows the id gets the portrait."""

from types import SimpleNamespace
from typing import Any

SERVICE = "passport"
ROUTES = ("GET /v1/passport-applications/{application_id}/photo",)


def plant(patch: Any, stage: Any) -> None:
    from chassis.database import Sight, see_as
    from chassis.refusals import NotFound
    from passport.api import parts
    from passport.queries import any_application

    async def read(service: Any, session: Any, principal: Any, application_id: Any) -> Any:
        await see_as(session, Sight.system("export"))
        if (found := await any_application(session, application_id, lock=False)) is None:
            raise NotFound
        return SimpleNamespace(application=found)

    patch.set(parts, "read_application", read)
