"""My registered national addresses, as the post tells them."""

from datetime import timedelta

from fastapi import APIRouter, Response

from chassis import facts
from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from delivery.api import DeliveryDep
from delivery.api.schemas import AddressesView, AddressView
from delivery.api.views import instant

router = APIRouter(prefix="/v1/addresses", tags=["addresses"], route_class=UnitRoute)

KIND = "post.addresses"
ASK_AGAIN_S = "1"  # the post answers in well under a second


@router.get("", summary="My registered addresses; being checked while the post is asked")
async def list_addresses(
    service: DeliveryDep, session: SessionDep, principal: PrincipalDep, response: Response
) -> AddressesView:
    now = service.clock.now()
    fresh_for = timedelta(seconds=service.rules().table("delivery.facts.fresh_for")["addresses"])
    fact = (await facts.known(session, principal.subject, {KIND: fresh_for}, now))[KIND]
    if fact is None:
        await facts.ask(session, service, principal.subject, [KIND], now)
        response.headers["Retry-After"] = ASK_AGAIN_S
        return AddressesView(state="being_checked", answered_at=None, items=[])
    if "unknown" in fact.value:
        return AddressesView(state="unknown_person", answered_at=instant(fact.answered_at), items=[])
    items = [AddressView.model_validate(each) for each in fact.value["addresses"]]
    return AddressesView(state="known", answered_at=instant(fact.answered_at), items=items)
