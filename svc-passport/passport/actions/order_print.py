"""Order the print: an intent to the printing house under a reference that names the try."""

from chassis.clock import civil_day
from chassis.database import Session
from chassis.intents import intend
from passport.domain.ages import expires_on
from passport.models import Application
from passport.wiring import Passport

KIND = "booklet.print"
LANE = 4


async def order_print(service: Passport, session: Session, application: Application) -> None:
    """The dates are fixed here, so that asking again orders the very same booklet."""
    rules = service.rules()
    issued_on = civil_day(service.clock.now())
    application.print_attempt += 1
    application.print_trouble = None
    await intend(
        session,
        service,
        KIND,
        {
            "application": str(application.id),
            "attempt": application.print_attempt,
            "issued_on": issued_on.isoformat(),
            "expires_on": expires_on(issued_on, application.validity_years, rules).isoformat(),
        },
        reference=f"{application.id}:print:{application.print_attempt}",
        lane=LANE,
    )
