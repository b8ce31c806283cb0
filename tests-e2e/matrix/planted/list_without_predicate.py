"""A list forgets whose it is: whoever the walls let see a row by any relation gets it listed."""

from typing import Any

import sqlalchemy as sa

SERVICE = "passport"
ROUTES = ("GET /v1/passport-applications",)


def plant(patch: Any, stage: Any) -> None:
    from passport.api import applications
    from passport.models import Application

    patch.set(applications, "applications_seen", lambda *_, **__: sa.select(Application))
