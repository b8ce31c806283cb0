"""The officers' work list without personal data, and a case once it is taken: what it says, approve, return or refuse."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from starlette.responses import Response

from chassis.audit.guard import nothing_personal
from chassis.authority import assignees
from chassis.calendar import gregorian_text
from chassis.ops import Button, Cell, Desk, Field, OpsKit, Picture, Row, steps_of
from chassis.ops.records import Record, add_records
from chassis.paging import CursorParam, page_of
from chassis.refusals import Invalid, NotFound
from passport.actions.add_photo import photo_of
from passport.actions.approve import approve
from passport.actions.read_application import Reading, read_application
from passport.actions.refuse import refuse
from passport.actions.return_case import return_case
from passport.actions.reviewing import put_back, take
from passport.domain.reasons import RefusalReason, ReturnReason
from passport.domain.renewal import Action, Status
from passport.domain.states import state_of
from passport.models import Application
from passport.queries import application_by_reference, work_list
from passport.wiring import Passport

R = TypeVar("R", bound=StrEnum)
PHOTO_HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
_COLUMNS = ("ops.reference", "ops.since", "ops.passport.promised", "ops.held-by")


def add(kit: OpsKit, service: Passport, officers: Collection[str]) -> None:
    """Put the desk into the ops door."""
    kit.tab("/work-list", "ops.work-list", officers)
    _add_list(kit, service, officers)
    _add_case(kit, service, officers)
    add_records(kit, officers, _by_reference)

    @kit.router.post("/cases/{application_id}/approve", name="ops_approve")
    async def approve_case(application_id: UUID, desk: Desk = kit.acting(officers)) -> Response:
        await approve(service, desk.session, desk.principal, application_id)
        return desk.back("/work-list", "ops.done.passport.approve")

    @kit.router.post("/cases/{application_id}/return", name="ops_return")
    async def return_taken(application_id: UUID, desk: Desk = kit.acting(officers)) -> Response:
        reason, note = _chosen(desk, ReturnReason), desk.field("note") or None
        await return_case(service, desk.session, desk.principal, application_id, reason, note)
        return desk.back("/work-list", "ops.done.passport.return")

    @kit.router.post("/cases/{application_id}/refuse", name="ops_refuse")
    async def refuse_case(application_id: UUID, desk: Desk = kit.acting(officers)) -> Response:
        reason, note = _chosen(desk, RefusalReason), desk.field("note") or None
        await refuse(service, desk.session, desk.principal, application_id, reason, note)
        return desk.back("/work-list", "ops.done.passport.refuse")


async def _by_reference(desk: Desk, reference: str) -> Record:
    application = await application_by_reference(desk.session, reference)
    return Record(application.person, application.id, application.reference, f"/cases/{application.id}")


def _add_list(kit: OpsKit, service: Passport, officers: Collection[str]) -> None:
    @kit.router.get("/work-list", name="ops_work_list")
    async def show_work_list(desk: Desk = kit.seeing(officers), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, work_list(), Application.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)
        holders = await assignees(desk.session, [row.id for row in rows], service.clock.now())
        return desk.list_page(
            desk.say("ops.work-list"),
            [desk.say(each) for each in _COLUMNS],
            [_row(desk, service, row, holders.get(str(row.id))) for row in rows],
            following=following,
        )

    @kit.router.post("/cases/{application_id}/take", name="ops_take")
    async def take_case(application_id: UUID, desk: Desk = kit.acting(officers)) -> Response:
        await take(service, desk.session, desk.principal, application_id)
        return desk.back(f"/cases/{application_id}", "ops.done.take")

    @kit.router.post("/cases/{application_id}/release", name="ops_release")
    async def release_case(application_id: UUID, desk: Desk = kit.acting(officers)) -> Response:
        await put_back(service, desk.session, desk.principal, application_id)
        return desk.back("/work-list", "ops.done.release")


def _add_case(kit: OpsKit, service: Passport, officers: Collection[str]) -> None:
    @kit.router.get("/cases/{application_id}", name="ops_case")
    async def show_case(application_id: UUID, desk: Desk = kit.seeing(officers)) -> Response:
        reading = await read_application(service, desk.session, desk.principal, application_id)
        return _case_page(desk, reading)

    @kit.router.get("/cases/{application_id}/photo", name="ops_photo")
    async def show_photo(application_id: UUID, desk: Desk = kit.seeing(officers)) -> Response:
        reading = await read_application(service, desk.session, desk.principal, application_id)
        content = await photo_of(service, desk.session, reading.application)
        if content is None:
            raise NotFound
        return Response(content, media_type="image/jpeg", headers=PHOTO_HEADERS)


def _row(desk: Desk, service: Passport, application: Application, holder: str | None) -> Row:
    mine = holder == desk.principal.subject
    promised = application.promised_on
    late = promised is not None and promised < service.clock.today()
    take_it = Button(desk.url(f"/cases/{application.id}/take"), desk.say("ops.take"), tone="plain")
    return Row(
        [
            Cell(application.reference, "code"),
            Cell(application.moved_at, "instant"),
            Cell(gregorian_text(promised, desk.language) if promised else None, "state", "bad" if late else ""),
            Cell(desk.say("ops.yours" if mine else "ops.anothers" if holder else "ops.free")),
        ],
        link=desk.url(f"/cases/{application.id}") if mine else None,
        buttons=[] if holder else [take_it],
    )


def _case_page(desk: Desk, reading: Reading) -> Response:
    application, place = reading.application, f"/cases/{reading.application.id}"
    words = {str(status): desk.say(f"state.{state_of(status)}") for status in Status}
    note = Field("note", desk.say("ops.passport.note"), required=False, long=True)
    buttons = desk.buttons(
        reading.open_actions,
        place,
        labels="ops.passport.",
        fields={
            str(Action.RETURN): [_choice(desk, ReturnReason), note],
            str(Action.REFUSE): [_choice(desk, RefusalReason), note],
        },
        danger=[str(Action.REFUSE)],
    )
    release = [Button(desk.url(f"{place}/release"), desk.say("ops.release"), tone="plain")] if reading.is_taken else []
    picture = Picture(desk.url(f"{place}/photo"), desk.say("ops.passport.photo"))
    return desk.case_page(
        application.reference,
        _facts(desk, application),
        state=Cell(words[application.status], "state"),
        steps=steps_of(reading.moves, words),
        buttons=[*buttons, *release],
        pictures=[picture] if application.photo_digest else [],
    )


def _facts(desk: Desk, application: Application) -> list[tuple[str, Cell]]:
    shown = application.reviewed or {}
    return [
        (desk.say("ops.passport.name-ar"), Cell(shown.get("name_ar"))),
        (desk.say("ops.passport.name-en"), Cell(f"{application.given_names} {application.family_name}", "code")),
        (
            desk.say("ops.passport.born-on"),
            Cell(date.fromisoformat(shown["born_on"]) if shown.get("born_on") else None, "day"),
        ),
        (desk.say("ops.passport.person"), Cell(application.person, "code")),
        (desk.say("ops.passport.old-number"), Cell(application.old_number, "code")),
        (desk.say("ops.passport.validity"), Cell(application.validity_years, "number")),
        (
            desk.say("ops.passport.for-another"),
            Cell(application.applicant if application.is_for_another else None, "code"),
        ),
        (desk.say("ops.passport.submitted-at"), Cell(application.submitted_at, "instant")),
    ]


def _choice(desk: Desk, reasons: type[R]) -> Field:
    words = {str(each): desk.say(f"reason.{each}") for each in reasons}
    return Field("reason", desk.say("ops.reason"), choices=words)


def _chosen(desk: Desk, reasons: type[R]) -> R:
    try:
        return reasons(desk.field("reason"))
    except ValueError:
        raise Invalid("invalid") from None
