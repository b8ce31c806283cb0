"""The fee of any case here: asked of the payment body after the commit, tried again, given back."""

from dataclasses import asdict
from uuid import UUID

from chassis.database import Session
from chassis.timers import disarm
from partners.intents.fees import release_fee, reserve_fee
from residency.domain.charges import Charge
from residency.domain.facts import FeeState
from residency.queries import PaidCase
from residency.wiring import Residency


def set_price(case: PaidCase, charge: Charge) -> None:
    """Write down what the case costs by the rules of today."""
    case.fee_minor = charge.amount_minor
    case.fee_items = [asdict(item) for item in charge.items]
    case.service_code = charge.service_code


async def ask_for_fee(service: Residency, session: Session, case: PaidCase) -> None:
    """Have the fee set aside from the holder's prepaid balance, as a new try.

    The fee of an iqama and of a visa is paid to the number of the person it is for, whoever deposits it.
    """
    assert case.fee_minor is not None, "a case is priced before it is paid"
    assert case.service_code is not None, "a price names its code"
    case.fee_state, case.fee_reason = str(FeeState.ASKED), None
    case.fee_attempt += 1
    case.fee_reservation = case.reservation(case.fee_attempt)
    await reserve_fee(
        session,
        service,
        case_id=case.id,
        payer=case.person,
        service_code=case.service_code,
        amount_minor=case.fee_minor,
        attempt=case.fee_attempt,
    )


async def give_back(service: Residency, session: Session, case: PaidCase) -> None:
    """Give back what is reserved; a case without a reservation has nothing to give back."""
    if case.fee_state == FeeState.RESERVED:
        case.fee_state = str(FeeState.RELEASED)
        await release_fee(session, service, case_id=case.id, attempt=case.fee_attempt)


async def stop_timers(session: Session, case_id: UUID, *kinds: str) -> None:
    """What these deadlines were for is moot."""
    for kind in kinds:
        await disarm(session, kind, str(case_id))
