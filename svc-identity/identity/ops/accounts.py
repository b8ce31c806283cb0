"""Accounts for administrators: find one by its number, suspend or restore it with a reason, invite staff."""

from uuid import UUID

import sqlalchemy as sa
from starlette.responses import Response

from chassis import audit
from chassis.authority import find
from chassis.models import CaseMoveRow
from chassis.ops import Button, Cell, Desk, Field, OpsKit, steps_of
from chassis.ops.records import Record, open_for, reason_fields, reason_of, require_reason
from chassis.refusals import Invalid
from contracts.authority import StaffRole
from contracts.values import fold_digits
from identity.actions.activate import facts_of
from identity.actions.enrol import Person, invite
from identity.actions.suspend import restore, suspend
from identity.domain.account import ACCOUNT, Status
from identity.domain.states import STATE
from identity.models import Account
from identity.ops.activations import find_button
from identity.ops.roles import OfficeCode, role_words
from identity.wiring import Identity

ADMINISTRATORS = (StaffRole.ADMINISTRATOR,)
PATH = "/accounts"
_LONGEST = 60


def add(kit: OpsKit, service: Identity) -> None:
    """Put the administrators' pages into the door."""
    kit.tab(PATH, "ops.identity.accounts", ADMINISTRATORS)

    @kit.router.get(PATH, name="ops_accounts")
    async def show_accounts(desk: Desk = kit.seeing(ADMINISTRATORS)) -> Response:
        return desk.list_page(
            desk.say("ops.identity.accounts"),
            [],
            [],
            lead=desk.say("ops.identity.accounts.lead"),
            buttons=[find_button(desk, f"{PATH}/find", reason_fields(desk)), _invitation(desk)],
        )

    @kit.router.post(f"{PATH}/find", name="ops_find_account")
    async def find_account(desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        reason, name = reason_of(desk), fold_digits(desk.field("number")).strip().upper()
        named = sa.or_(Account.person == name, Account.reference == name)
        account = await find(desk.session, sa.select(Account).where(named))
        await open_for(desk, Record(account.person, account.id, account.reference, PATH), reason)
        return desk.back(f"{PATH}/{account.id}")

    @kit.router.get(PATH + "/{account_id}", name="ops_account")
    async def show_account(account_id: UUID, desk: Desk = kit.seeing(ADMINISTRATORS)) -> Response:
        account = await find(desk.session, sa.select(Account).where(Account.id == account_id))
        return await _case(service, desk, account)

    @kit.router.post(PATH + "/{account_id}/suspend", name="ops_suspend")
    async def suspend_account(account_id: UUID, desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        await suspend(service, desk.session, desk.principal, account_id, desk.reason())
        return desk.back(f"{PATH}/{account_id}", "ops.done.identity.suspend")

    @kit.router.post(PATH + "/{account_id}/restore", name="ops_restore")
    async def restore_account(account_id: UUID, desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        await restore(service, desk.session, desk.principal, account_id, desk.reason())
        return desk.back(f"{PATH}/{account_id}", "ops.done.identity.restore")

    @kit.router.post(f"{PATH}/invite", name="ops_invite")
    async def invite_one(desk: Desk = kit.acting(ADMINISTRATORS)) -> Response:
        invitation = await invite(
            service,
            desk.session,
            desk.principal,
            Person(_name(desk, "name_ar"), _name(desk, "name_en")),
            [_role(desk)],
            desk.value("office", OfficeCode),
            desk.reason(),
        )
        # Shown once, on the answer itself: the link stands in no address and no history.
        return desk.case_page(
            invitation.account.person,
            [
                (desk.say("ops.identity.link"), Cell(invitation.url, "code")),
                *((desk.say("ops.identity.roles"), Cell(each.reference, "code")) for each in invitation.proposed),
            ],
            lead=desk.say("ops.identity.link.lead"),
        )


async def _case(service: Identity, desk: Desk, account: Account) -> Response:
    await require_reason(desk, account.id)
    audit.look(
        desk.session,
        service,
        desk.principal,
        standing=StaffRole.ADMINISTRATOR,
        person=account.person,
        object_=account.reference,
        purpose="stated-reason",
    )
    moves = await desk.session.scalars(
        sa.select(CaseMoveRow)
        .where(CaseMoveRow.case_kind == "account", CaseMoveRow.case_id == account.id)
        .order_by(CaseMoveRow.version)
    )
    facts = await facts_of(service, desk.session, account)
    reasons = [desk.reason_field()]
    return desk.case_page(
        account.reference,
        [
            (desk.say("ops.identity.number"), Cell(account.person, "code")),
            (desk.say("ops.identity.kind"), Cell(desk.say(f"kind.{account.kind}"))),
            (desk.say("ops.identity.misses"), Cell(account.code_misses, "number")),
            (desk.say("ops.since"), Cell(account.opened_at, "instant")),
        ],
        state=Cell(desk.say(f"state.{STATE[Status(account.status)]}"), "state"),
        steps=steps_of(list(moves), {status: desk.say(f"state.{word}") for status, word in STATE.items()}),
        buttons=desk.buttons(
            ACCOUNT.open_actions(Status(account.status), StaffRole.ADMINISTRATOR, facts),
            f"{PATH}/{account.id}",
            labels="action.",
            fields={"suspend": reasons, "restore": reasons},
            danger=["suspend"],
        ),
    )


def _invitation(desk: Desk) -> Button:
    return Button(
        desk.url(f"{PATH}/invite"),
        desk.say("action.invite"),
        fields=[
            Field("name_ar", desk.say("ops.identity.name_ar")),
            Field("name_en", desk.say("ops.identity.name_en"), ltr=True),
            Field("role", desk.say("ops.identity.role"), choices=role_words(desk)),
            Field("office", desk.say("ops.identity.office"), ltr=True),
            desk.reason_field(),
        ],
    )


def _name(desk: Desk, field: str) -> str:
    given = desk.field(field)
    if not 1 < len(given) <= _LONGEST or not given.isprintable():
        raise Invalid
    return given


def _role(desk: Desk) -> StaffRole:
    try:
        return StaffRole(desk.field("role"))
    except ValueError:
        raise Invalid from None
