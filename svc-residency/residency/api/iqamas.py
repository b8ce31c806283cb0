"""Routes of residences: mine, and those of my workers and dependants, as far as they were asked about here."""

from uuid import UUID

from chassis.http.unit import PrincipalDep, SessionDep
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from residency.actions.reading import read_residence
from residency.api import schemas, views
from residency.api.dependencies import IQAMAS, ResidencyDep, router
from residency.models import Residence
from residency.queries import residences_seen

iqamas = router("iqamas")


@iqamas.get(IQAMAS)
async def list_iqamas(
    service: ResidencyDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[schemas.IqamaView]:
    """Residences I may see, the newest known first."""
    statement = residences_seen(principal, service.clock.now())
    rows, following = await page_of(session, statement, Residence.id, cursor=cursor, limit=limit)
    return Page(items=[views.iqama(service, row) for row in rows], next=following)


@iqamas.get(f"{IQAMAS}/{{iqama_id}}")
async def read_iqama(
    iqama_id: UUID, service: ResidencyDep, session: SessionDep, principal: PrincipalDep
) -> schemas.IqamaView:
    """One residence."""
    return views.iqama(service, await read_residence(service, session, principal, iqama_id))
