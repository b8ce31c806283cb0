"""Which channels a person wants for which kind of notice."""

from fastapi import APIRouter

from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from notify import queries
from notify.actions.prefer import prefer
from notify.api.doors import NotifyDep
from notify.api.schemas import PreferencesChanges, PreferencesView, preferences_view

router = APIRouter(prefix="/v1/notices/preferences", tags=["notices"], route_class=UnitRoute)


@router.get("", summary="What I am told, and how")
async def read_preferences(service: NotifyDep, session: SessionDep, principal: PrincipalDep) -> PreferencesView:
    kept = await queries.preference_of(session, principal.subject)
    offered = service.rules().table("notify.channel.by_kind")
    return preferences_view(kept.muted if kept else {}, offered, service.texts)


@router.put("", summary="Choose what I am told; critical notices come all the same")
async def change_preferences(
    service: NotifyDep, session: SessionDep, principal: PrincipalDep, changes: PreferencesChanges
) -> PreferencesView:
    muted = await prefer(service, session, principal, [(each.kind, each.channel) for each in changes.muted])
    return preferences_view(muted, service.rules().table("notify.channel.by_kind"), service.texts)
