"""Keep how a person is reached, and carry on with what waited for it."""

from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from contracts.events import ContactChanged
from delivery.actions.go_out import send_code
from delivery.actions.order import order_from_post
from delivery.domain.shipment import Status
from delivery.models import Contact
from delivery.queries import reached_through
from delivery.wiring import Delivery


async def keep_contact(service: Delivery, session: Session, changed: ContactChanged) -> None:
    """Take the newest contact in; orders and door codes that had nobody to go to go out now."""
    values = {"mobile": changed.mobile, "language": changed.language}
    await session.execute(
        insert(Contact)
        .values(person=changed.person, **values)
        .on_conflict_do_update(index_elements=["person"], set_=values)
    )
    for shipment in await reached_through(session, changed.person, service.clock.now()):
        if shipment.stands is Status.ORDERED:
            await order_from_post(service, session, shipment)
        else:
            await send_code(service, session, shipment)
