"""Lists of cases that wait or are blocked, and one case's way through this service; no name and no number of a person."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from starlette.responses import Response

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.authority import find
from chassis.ops import Button, Cell, Desk, OpsKit, Row, steps_of
from chassis.ops.records import Record, add_records, require_reason
from chassis.paging import CursorParam, page_of
from chassis.refusals import NotFound
from residency import figures
from residency.actions.look_again import look_again_at_renewal, look_again_at_visa
from residency.domain.exit_reentry_visa import Status as Visa
from residency.domain.iqama_renewal import BEING_DECIDED
from residency.domain.iqama_renewal import Status as Renewal
from residency.domain.states import OF_RENEWAL, OF_VISA
from residency.models import ExitReentryVisa, IqamaRenewal
from residency.queries import PaidCase, moves_of
from residency.wiring import Residency

_COLUMNS = ("ops.reference", "ops.state", "ops.since", "ops.residency.in-the-way")
_STATES = {
    **{str(key): value for key, value in OF_RENEWAL.items()},
    **{str(key): value for key, value in OF_VISA.items()},
}


def add(kit: OpsKit, service: Residency, staff: Collection[str], operators: Collection[str]) -> None:
    """Put the lists and the pages of one case into the ops door."""
    kit.tab("/blocked", "ops.residency.blocked", staff)
    kit.tab("/renewals", "ops.residency.renewals", staff)
    kit.tab("/visas", "ops.residency.visas", staff)
    add_records(kit, staff, _by_reference)

    @kit.router.get("/blocked", name="ops_blocked")
    async def show_blocked(desk: Desk = kit.seeing(staff), cursor: CursorParam = None) -> Response:
        return await _renewals(desk, figures.blocked_renewals(), "ops.residency.blocked", cursor)

    @kit.router.get("/renewals", name="ops_renewals")
    async def show_renewals(desk: Desk = kit.seeing(staff), cursor: CursorParam = None) -> Response:
        return await _renewals(desk, figures.waiting_renewals(), "ops.residency.renewals", cursor)

    @kit.router.get("/visas", name="ops_visas")
    async def show_visas(desk: Desk = kit.seeing(staff), cursor: CursorParam = None) -> Response:
        statement = figures.waiting_visas()
        rows, following = await page_of(desk.session, statement, ExitReentryVisa.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)
        found = [_row(desk, row, "visas", []) for row in rows]
        return _page(desk, "ops.residency.visas", found, following)

    @kit.router.get("/renewals/{renewal_id}", name="ops_renewal")
    async def show_renewal(renewal_id: UUID, desk: Desk = kit.seeing(staff)) -> Response:
        renewal = await desk.session.get(IqamaRenewal, renewal_id)
        if renewal is None:
            raise NotFound
        waits = Renewal(renewal.status) in BEING_DECIDED
        return await _case(service, desk, renewal, "renewals", operators, waits=waits, missing=renewal.missing)

    @kit.router.get("/visas/{visa_id}", name="ops_visa")
    async def show_visa(visa_id: UUID, desk: Desk = kit.seeing(staff)) -> Response:
        visa = await desk.session.get(ExitReentryVisa, visa_id)
        if visa is None:
            raise NotFound
        waits = visa.status == Visa.VERIFYING
        return await _case(service, desk, visa, "visas", operators, waits=waits, missing=[])

    @kit.router.post("/renewals/{renewal_id}/look-again", name="ops_look_again_at_renewal")
    async def again_at_renewal(renewal_id: UUID, desk: Desk = kit.acting(operators)) -> Response:
        await look_again_at_renewal(
            service, desk.session, desk.principal, renewal_id, standing=desk.standing, reason=desk.reason()
        )
        return desk.back(f"/renewals/{renewal_id}", "ops.done.residency.look-again")

    @kit.router.post("/visas/{visa_id}/look-again", name="ops_look_again_at_visa")
    async def again_at_visa(visa_id: UUID, desk: Desk = kit.acting(operators)) -> Response:
        await look_again_at_visa(
            service, desk.session, desk.principal, visa_id, standing=desk.standing, reason=desk.reason()
        )
        return desk.back(f"/visas/{visa_id}", "ops.done.residency.look-again")


async def _by_reference(desk: Desk, reference: str) -> Record:
    visa = await desk.session.scalar(sa.select(ExitReentryVisa).where(ExitReentryVisa.reference == reference))
    if visa is not None:
        return Record(visa.person, visa.id, visa.reference, f"/visas/{visa.id}")
    renewal = await find(desk.session, sa.select(IqamaRenewal).where(IqamaRenewal.reference == reference))
    return Record(renewal.person, renewal.id, renewal.reference, f"/renewals/{renewal.id}")


async def _renewals(desk: Desk, statement: sa.Select[IqamaRenewal], title: str, cursor: str | None) -> Response:
    rows, following = await page_of(desk.session, statement, IqamaRenewal.id, cursor=cursor, oldest_first=True)
    nothing_personal(desk.session, rows)
    return _page(desk, title, [_row(desk, row, "renewals", row.missing) for row in rows], following)


def _page(desk: Desk, title: str, rows: list[Row], following: str | None) -> Response:
    return desk.list_page(
        desk.say(title),
        [desk.say(each) for each in _COLUMNS],
        rows,
        lead=desk.say(f"{title}.lead"),
        following=following,
    )


def _row(desk: Desk, case: PaidCase, path: str, missing: list[str]) -> Row:
    cells = [
        Cell(case.reference, "code"),
        Cell(_state(desk, case.status), "state", "slow"),
        Cell(case.moved_at, "instant"),
        Cell(_needed(desk, missing)),
    ]
    return Row(cells, link=desk.url(f"/{path}/{case.id}"))


def _needed(desk: Desk, missing: list[str]) -> str:
    """What has to become true first, in words."""
    return " · ".join(desk.say(f"ops.residency.missing.{name}") for name in missing)


async def _case(
    service: Residency,
    desk: Desk,
    case: PaidCase,
    path: str,
    operators: Collection[str],
    *,
    waits: bool,
    missing: list[str],
) -> Response:
    """One case: what is on a list is followed up, everything else is opened for a stated reason. Raises ReasonToState."""
    is_listed = waits or bool(missing)
    if not is_listed:
        await require_reason(desk, case.id)
    audit.look(
        desk.session,
        service,
        desk.principal,
        standing=desk.standing,
        person=case.person,
        object_=case.reference,
        purpose="operations" if is_listed else "stated-reason",
    )
    words = {status: _state(desk, status) for status in _STATES}
    buttons = []
    if waits and set(operators) & set(desk.held):
        place = desk.url(f"/{path}/{case.id}/look-again")
        buttons.append(Button(place, desk.say("ops.residency.look-again"), fields=[desk.reason_field()]))
    return desk.case_page(
        case.reference,
        [
            (desk.say("ops.since"), Cell(case.moved_at, "instant")),
            (desk.say("ops.residency.in-the-way"), Cell(_needed(desk, missing) or None)),
            (desk.say("ops.residency.fee-state"), Cell(case.fee_state, "code")),
            (desk.say("ops.residency.fee-attempts"), Cell(case.fee_attempt, "number")),
            (desk.say("ops.residency.fee-reason"), Cell(case.fee_reason, "code")),
        ],
        state=Cell(words[case.status], "state"),
        steps=steps_of(await moves_of(desk.session, case), words),
        buttons=buttons,
    )


def _state(desk: Desk, status: str) -> str:
    return desk.say(f"state.{_STATES[status][0]}")
