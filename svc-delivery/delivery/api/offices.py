"""Where the offices are and when they are open; anybody may ask."""

from fastapi import APIRouter, Depends

from chassis.http.unit import SessionDep, UnitRoute, anonymous
from delivery.api import DeliveryDep
from delivery.api.schemas import OfficesView, OfficeView
from delivery.models import Office
from delivery.queries import offices
from delivery.wiring import Delivery

router = APIRouter(prefix="/v1/offices", tags=["offices"], route_class=UnitRoute)


@router.get("", dependencies=[Depends(anonymous)], summary="Every office with its hours, by season and day")
async def list_offices(service: DeliveryDep, session: SessionDep) -> OfficesView:
    return OfficesView(items=[_view(service, office) for office in await offices(session)])


def _view(service: Delivery, office: Office) -> OfficeView:
    return OfficeView.model_validate(
        {
            "code": office.code,
            "kind": office.kind,
            "kind_texts": service.texts.both(f"office.{office.kind}"),
            "name": {"ar": office.name_ar, "en": office.name_en},
            "city": {"ar": office.city_ar, "en": office.city_en},
            "walk_in": office.walk_in,
            "hours": office.hours,
        }
    )
