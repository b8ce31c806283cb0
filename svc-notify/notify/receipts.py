"""The loop that hears the operator's delivery receipts on the session the texts go out by."""

import asyncio

import structlog

from chassis.database import Sight
from notify.actions.confirm import hear
from notify.wiring import Notify
from partners.sms import Receipt

SIGHT = Sight.system("receipts")
TRIES = 5
PAUSE_S = 0.5
log = structlog.get_logger()


async def hear_receipts(service: Notify, stopping: asyncio.Event) -> None:
    """Take receipts in until stopped. One that cannot be kept is not lost: the sweep asks the operator later."""
    stopped = asyncio.create_task(stopping.wait())
    receipts = service.sms.receipts()
    while not stopping.is_set():
        coming = asyncio.ensure_future(anext(receipts))
        await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not coming.done():
            coming.cancel()
            break
        await _keep(service, coming.result())
    stopped.cancel()


async def _keep(service: Notify, receipt: Receipt) -> None:
    if receipt.reference is None:
        log.warning("receipt.without_reference")
        return
    for _ in range(TRIES):
        try:
            async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
                await hear(service, session, receipt.reference, receipt.message_id, receipt.state)
            return
        except Exception as error:  # edge: whatever is wrong with the database, the loop goes on hearing
            log.warning("receipt.not_kept", reason=repr(error)[:300])
            await asyncio.sleep(PAUSE_S)
