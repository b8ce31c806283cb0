"""Pass a document from hand to hand: the chain of custody has a link for each, and no gap."""

from datetime import datetime
from typing import Literal

from chassis.database import Session
from delivery.models import Custody, Shipment
from delivery.queries import last_custody

Item = Literal["document", "old_document"]
Holder = Literal["printer", "office", "carrier", "holder", "nobody"]

_BEGINS_WITH: dict[Item, Holder] = {"document": "printer", "old_document": "holder"}


class ChainBroken(RuntimeError):
    """A document was about to be given by somebody who does not have it: a fault of ours, so nothing is written."""


async def pass_on(
    session: Session,
    shipment: Shipment,
    item: Item,
    given_by: Holder,
    taken_by: Holder,
    *,
    evidence: str,
    at: datetime,
    office: str | None = None,
) -> None:
    """Add the next link. Raises ChainBroken unless it begins with whom the last one ended."""
    last = await last_custody(session, shipment.id, item)
    has_it = last.taken_by if last is not None else _BEGINS_WITH[item]
    if given_by != has_it:
        raise ChainBroken(f"{item} of shipment {shipment.id} is with {has_it}, not {given_by}")
    session.add(
        Custody(
            shipment_id=shipment.id,
            item=item,
            step=1 if last is None else last.step + 1,
            given_by=given_by,
            taken_by=taken_by,
            office=office,
            evidence=evidence,
            passed_at=at,
        )
    )
    await session.flush()
