"""My registered national addresses, as the post tells them."""

from fastapi import APIRouter, Response

from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from delivery.actions.addresses import ask_addresses, known_addresses
from delivery.api import DeliveryDep
from delivery.api.schemas import AddressesView, AddressView
from delivery.api.views import instant

router = APIRouter(prefix="/v1/addresses", tags=["addresses"], route_class=UnitRoute)

ASK_AGAIN_S = "1"  # the post answers in well under a second


@router.get("", summary="My registered addresses; being checked while the post is asked")
async def list_addresses(
    service: DeliveryDep, session: SessionDep, principal: PrincipalDep, response: Response
) -> AddressesView:
    fact = await known_addresses(service, session, principal.subject)
    if fact is None:
        await ask_addresses(service, session, principal.subject)
        response.headers["Retry-After"] = ASK_AGAIN_S
        return AddressesView(state="being_checked", answered_at=None, items=[])
    if "unknown" in fact.value:
        return AddressesView(state="unknown_person", answered_at=instant(fact.answered_at), items=[])
    items = [AddressView.model_validate(each) for each in fact.value["addresses"]]
    return AddressesView(state="known", answered_at=instant(fact.answered_at), items=items)
