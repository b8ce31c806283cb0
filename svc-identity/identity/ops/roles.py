"""Roles for administrators: what is proposed, with a button for each decision, a form to propose, and who holds what."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints
from starlette.responses import Response

from chassis.audit.guard import nothing_personal
from chassis.ops import Button, Cell, Desk, Field, OpsKit, Row, steps_of
from chassis.paging import CursorParam, page_of
from contracts.authority import StaffRole
from identity.actions.change_role import Wish, approve, open_actions, propose, read_change, refuse, withdraw
from identity.domain.role_change import Action, Direction, Status
from identity.models import RoleChange
from identity.queries_roles import moves_of, names_of, proposed, roles_of
from identity.wiring import Identity

ADMINISTRATORS = (StaffRole.ADMINISTRATOR,)
PATH = "/roles"
StaffNumber = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[Ss]-[0-9]{6}$")]
OfficeCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{2,40}$")]
_COLUMNS = (
    "ops.reference",
    "ops.identity.staff_number",
    "ops.identity.name",
    "ops.identity.change",
    "ops.identity.office",
    "ops.reason",
    "ops.identity.proposed_by",
)


def add(kit: OpsKit, service: Identity) -> None:
    """Put the administrators' pages about roles into the door."""
    kit.tab(PATH, "ops.identity.roles", ADMINISTRATORS)
    _add_reading(kit, service)
    _add_acting(kit, service)


def _add_reading(kit: OpsKit, service: Identity) -> None:
    @kit.router.get(PATH, name="ops_roles")
    async def show_proposed(desk: Desk = kit.seeing(ADMINISTRATORS), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, proposed(), RoleChange.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)  # who holds which role is the house's own matter
        names = await names_of(desk.session, {row.person for row in rows})
        return desk.list_page(
            desk.say("ops.identity.roles"),
            [desk.say(each) for each in _COLUMNS],
            [await _row(service, desk, row, _name(desk, names.get(row.person))) for row in rows],
            lead=desk.say("ops.identity.roles.lead"),
            following=following,
            buttons=[_proposing(desk), _asking(desk)],
        )

    @kit.router.post(f"{PATH}/of", name="ops_roles_of")
    async def show_held(desk: Desk = kit.acting(ADMINISTRATORS, repeatable=True)) -> Response:
        """By POST: a number stands in no address."""
        number = desk.value("number", StaffNumber)
        held = await roles_of(desk.session, number, service.clock.now())
        return desk.list_page(
            f"{desk.say('ops.identity.roles.of')} {number}",
            [desk.say("ops.identity.role"), desk.say("ops.identity.office"), desk.say("ops.since")],
            [
                Row(
                    [
                        Cell(desk.say(f"role.{row.relation}")),
                        Cell(row.object, "code"),
                        Cell(row.starts_at, "instant"),
                    ],
                    buttons=[_ending(desk, number, row.relation, row.object)],
                )
                for row in held
            ],
            lead=desk.say("ops.identity.roles.of.lead"),
            buttons=[_asking(desk)],
        )

    @kit.router.get(PATH + "/{change_id}", name="ops_role_change")
    async def show_change(change_id: UUID, desk: Desk = kit.seeing(ADMINISTRATORS)) -> Response:
        return await _case(service, desk, await read_change(service, desk.session, desk.principal, change_id))


def _add_acting(kit: OpsKit, service: Identity) -> None:
    @kit.router.post(f"{PATH}/propose", name="ops_propose_role")
    async def propose_change(desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        wish = Wish(
            desk.value("number", StaffNumber),
            desk.value("role", StaffRole),
            desk.value("office", OfficeCode),
            desk.value("direction", Direction),
        )
        await propose(service, desk.session, desk.principal, wish, desk.reason())
        return desk.back(PATH, "ops.done.identity.propose")

    @kit.router.post(PATH + "/{change_id}/approve", name="ops_approve_role")
    async def approve_change(change_id: UUID, desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        await approve(service, desk.session, desk.principal, change_id)
        return desk.back(PATH, "ops.done.identity.approve")

    @kit.router.post(PATH + "/{change_id}/refuse", name="ops_refuse_role")
    async def refuse_change(change_id: UUID, desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        await refuse(service, desk.session, desk.principal, change_id, desk.reason())
        return desk.back(PATH, "ops.done.identity.refuse")

    @kit.router.post(PATH + "/{change_id}/withdraw", name="ops_withdraw_role")
    async def withdraw_change(change_id: UUID, desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        await withdraw(service, desk.session, desk.principal, change_id)
        return desk.back(PATH, "ops.done.identity.withdraw")


async def _row(service: Identity, desk: Desk, change: RoleChange, name: str | None) -> Row:
    cells = [
        Cell(change.reference, "code"),
        Cell(change.person, "code"),
        Cell(name),
        Cell(f"{desk.say(f'role_change.direction.{change.direction}')}: {desk.say(f'role.{change.role}')}"),
        Cell(change.office, "code"),
        Cell(change.reason),
        Cell(change.proposed_by, "code"),
    ]
    return Row(cells, desk.url(f"{PATH}/{change.id}"), await _buttons(service, desk, change))


async def _buttons(service: Identity, desk: Desk, change: RoleChange) -> list[Button]:
    """What may be done, and the approval in any case: what stands in its way is worth reading."""
    actions = await open_actions(service, desk.session, desk.principal, change)
    return desk.buttons(
        [each for each in actions if each.is_possible or each.action is Action.APPROVE],
        f"{PATH}/{change.id}",
        labels="action.role_change.",
        fields={"refuse": [desk.reason_field()]},
        danger=["refuse"],
    )


async def _case(service: Identity, desk: Desk, change: RoleChange) -> Response:
    names = await names_of(desk.session, {change.person})
    states = {str(status): desk.say(f"role_change.state.{status}") for status in Status}
    return desk.case_page(
        change.reference,
        [
            (desk.say("ops.identity.staff_number"), Cell(change.person, "code")),
            (desk.say("ops.identity.name"), Cell(_name(desk, names.get(change.person)))),
            (desk.say("ops.identity.role"), Cell(desk.say(f"role.{change.role}"))),
            (desk.say("ops.identity.office"), Cell(change.office, "code")),
            (desk.say("ops.identity.change"), Cell(desk.say(f"role_change.direction.{change.direction}"))),
            (desk.say("ops.reason"), Cell(change.reason)),
            (desk.say("ops.identity.proposed_by"), Cell(change.proposed_by, "code")),
            (desk.say("ops.since"), Cell(change.opened_at, "instant")),
            (desk.say("ops.identity.expires_at"), Cell(change.expires_at, "instant")),
        ],
        state=Cell(states[change.status], "state"),
        steps=steps_of(await moves_of(desk.session, change.id), states),
        buttons=await _buttons(service, desk, change),
    )


def _proposing(desk: Desk) -> Button:
    directions = {str(each): desk.say(f"role_change.direction.{each}") for each in Direction}
    return Button(
        desk.url(f"{PATH}/propose"),
        desk.say("action.role_change.propose"),
        fields=[
            Field("number", desk.say("ops.identity.staff_number"), ltr=True),
            Field("role", desk.say("ops.identity.role"), choices=role_words(desk)),
            Field("office", desk.say("ops.identity.office"), ltr=True),
            Field("direction", desk.say("ops.identity.change"), choices=directions),
            desk.reason_field(),
        ],
    )


def _ending(desk: Desk, number: str, role: str, office: str) -> Button:
    return Button(
        desk.url(f"{PATH}/propose"),
        desk.say("action.role_change.propose_end"),
        fields=[desk.reason_field()],
        tone="danger",
        hidden={"number": number, "role": role, "office": office, "direction": str(Direction.END)},
    )


def _asking(desk: Desk) -> Button:
    number = Field("number", desk.say("ops.identity.staff_number"), ltr=True)
    return Button(desk.url(f"{PATH}/of"), desk.say("ops.identity.roles.show"), fields=[number], tone="plain")


def role_words(desk: Desk) -> dict[str, str]:
    """The staff roles as a form offers them."""
    return {str(role): desk.say(f"role.{role}") for role in StaffRole}


def _name(desk: Desk, names: tuple[str | None, str | None] | None) -> str | None:
    ar, en = names or (None, None)
    return ar if desk.language == "ar" else en
