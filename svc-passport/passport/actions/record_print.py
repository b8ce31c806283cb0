"""Take a finished print in: the booklet's row with its zone, the event that has it packed; a spoiled one is made anew."""

from datetime import date
from uuid import UUID

import structlog

from chassis.database import Session
from chassis.events.outbox import record
from contracts.events_passport import ApplicationPrinted
from passport.actions.moving import move_by_system
from passport.actions.order_print import order_print
from passport.domain.booklet import BookletStatus, zone_lines
from passport.domain.reasons import SystemReason
from passport.domain.renewal import Action, Status
from passport.models import Application, Booklet
from passport.queries import any_application, facts_of_case
from passport.wiring import Passport

log = structlog.get_logger()


async def record_print(
    service: Passport, session: Session, application_id: UUID, attempt: int, *, number: str, issued: date, expires: date
) -> None:
    """A booklet came out well. One of a try that is no longer the present one changes nothing."""
    application = await _printing(session, application_id, attempt)
    if application is None:
        return
    now = service.clock.now()
    first, second = lines_of(application, number, expires)
    session.add(
        Booklet(
            number=number,
            person=application.person,
            application_id=application.id,
            status=BookletStatus.ISSUED,
            issued_on=issued,
            expires_on=expires,
            zone_first=first,
            zone_second=second,
            source="printing",
            known_at=now,
            changed_at=now,
        )
    )
    again = application.booklet_number is not None
    application.booklet_number = number
    move_by_system(service, session, application, Action.RECORD_PRINT, facts_of_case(service, application))
    await record(session, _printed(application, number, reissue=again), now)


async def print_refused(service: Passport, session: Session, application_id: UUID, attempt: int, reason: str) -> None:
    """A spoiled booklet is ordered anew; anything else waits for an operator who orders it again."""
    application = await _printing(session, application_id, attempt)
    if application is None:
        return
    if reason == SystemReason.SPOILED:
        move_by_system(
            service, session, application, Action.REPRINT, facts_of_case(service, application), SystemReason.SPOILED
        )
        await order_print(service, session, application)
        return
    application.print_trouble = reason
    log.error("application.print_refused", application_id=str(application_id), reason=reason)


def lines_of(application: Application, number: str, expires: date) -> tuple[str, str]:
    """The two lines of the zone, from the accepted name and the data the applicant reviewed."""
    reviewed = application.reviewed
    assert reviewed is not None
    assert application.family_name is not None
    assert application.given_names is not None
    return zone_lines(
        number=number,
        family_name=application.family_name,
        given_names=application.given_names,
        nationality=reviewed["nationality"],
        sex=reviewed["sex"],
        born_on=date.fromisoformat(reviewed["born_on"]),
        expires_on=expires,
    )


def _printed(application: Application, number: str, *, reissue: bool) -> ApplicationPrinted:
    assert application.short_address is not None
    return ApplicationPrinted(
        application_id=application.id,
        reference=application.reference,
        person=application.person,
        passport_number=number,
        short_address=application.short_address,
        recipient=f"{application.given_names} {application.family_name}",
        collect_old_number=application.old_number,
        reissue=reissue,
    )


async def _printing(session: Session, application_id: UUID, attempt: int) -> Application | None:
    application = await any_application(session, application_id)
    if application is None or application.status != Status.PRINTING or application.print_attempt != attempt:
        return None
    return application
