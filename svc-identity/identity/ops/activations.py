"""The activation desk: who waits (without names), finding one by the number on the document, and binding."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from starlette.responses import Response

from chassis.audit.guard import nothing_personal
from chassis.ops import Button, Cell, Desk, Field, OpsKit, Row
from chassis.paging import CursorParam, page_of
from chassis.refusals import Invalid
from contracts.authority import StaffRole
from contracts.values import fold_digits, is_border_number, is_person_number, to_mobile
from identity.actions.activate import activate, facts_of, open_activation, read_activation
from identity.actions.desks import channel_at
from identity.domain.account import ACCOUNT, Action, Status
from identity.domain.states import STATE
from identity.figures import waiting_accounts
from identity.models import Account
from identity.wiring import Identity

CLERKS = (StaffRole.CLERK,)
PATH = "/activations"
SHOWN_DIGITS = 3


def add(kit: OpsKit, service: Identity) -> None:
    """Put the desk's pages into the door."""
    kit.tab(PATH, "ops.identity.activations", CLERKS)

    @kit.router.get(PATH, name="ops_activations")
    async def show_waiting(desk: Desk = kit.seeing(CLERKS), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, waiting_accounts(), Account.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)
        return desk.list_page(
            desk.say("ops.identity.activations"),
            [desk.say("ops.reference"), desk.say("ops.identity.kind"), desk.say("ops.since")],
            [_row(desk, row) for row in rows],
            lead=desk.say("ops.identity.activations.lead"),
            following=following,
            buttons=[find_button(desk, f"{PATH}/find")],
        )

    @kit.router.post(f"{PATH}/find", name="ops_find_activation")
    async def find_one(desk: Desk = kit.acting(CLERKS)) -> Response:
        account = await open_activation(service, desk.session, desk.principal, person_number(desk))
        return desk.back(f"{PATH}/{account.id}")

    @kit.router.get(PATH + "/{account_id}", name="ops_activation")
    async def show_one(account_id: UUID, desk: Desk = kit.seeing(CLERKS)) -> Response:
        account = await read_activation(service, desk.session, desk.principal, account_id)
        return await _case(service, desk, account)

    @kit.router.post(PATH + "/{account_id}/activate", name="ops_activate")
    async def activate_one(account_id: UUID, desk: Desk = kit.acting(CLERKS)) -> Response:
        await activate(
            service,
            desk.session,
            desk.principal,
            account_id,
            document_number=fold_digits(desk.field("number")).strip().upper(),
            expires_on=_day(desk),
            mobile=_mobile(desk),
            office=desk.field("office").strip() or None,
        )
        return desk.back(PATH, "ops.done.identity.activate")


def find_button(desk: Desk, path: str, more: Sequence[Field] = ()) -> Button:
    """A form that asks for a number, and what else it takes; numbers never stand in addresses."""
    number = Field("number", desk.say("ops.identity.number"), ltr=True)
    return Button(desk.url(path), desk.say("ops.identity.find"), fields=[number, *more])


def person_number(desk: Desk) -> str:
    """The number a form brings. Raises Invalid."""
    number = fold_digits(desk.field("number")).strip()
    if not (is_person_number(number) or is_border_number(number)):
        raise Invalid("person-number-not-valid")
    return number


async def _case(service: Identity, desk: Desk, account: Account) -> Response:
    asked = [
        Field("number", desk.say("ops.identity.document_number"), ltr=True),
        Field("expires_on", desk.say("ops.identity.expires_on"), ltr=True, type="date"),
        Field("mobile", desk.say("ops.identity.mobile"), ltr=True, type="tel"),
    ]
    offices = sorted(desk.held[StaffRole.CLERK])
    if len(offices) > 1:
        asked.insert(
            0, Field("office", desk.say("ops.identity.desk"), choices={o: _place(service, desk, o) for o in offices})
        )
    facts = await facts_of(service, desk.session, account, clerk=desk.principal.subject)
    before = {
        "visitor_is_at_an_airport",
        "holder_is_alive",
        "mobile_has_no_other_owner",
        "clerk_has_not_bound_it_before",
    }
    found = [
        finding
        for each in ACCOUNT.open_actions(Status(account.status), StaffRole.CLERK, facts)
        if each.action is Action.ACTIVATE
        for finding in each.in_the_way
        if finding.requirement.name in before
    ]
    in_the_way = [
        desk.say(f"requirement.{each.requirement.name}", "failed" if each.is_failed else "being_checked")
        for each in found
    ]
    is_waiting = account.status == Status.REGISTERED
    button = Button(
        desk.url(f"{PATH}/{account.id}/activate"), desk.say("action.activate"), fields=asked, in_the_way=in_the_way
    )
    return desk.case_page(
        account.reference,
        [
            (desk.say("ops.identity.number"), Cell(account.person, "code")),
            (desk.say("ops.identity.kind"), Cell(desk.say(f"kind.{account.kind}"))),
            (desk.say("ops.identity.mobile_ending"), Cell((account.mobile or "")[-SHOWN_DIGITS:], "code")),
            (desk.say("ops.since"), Cell(account.moved_at, "instant")),
            *(
                (desk.say("ops.identity.desk"), Cell(_place(service, desk, each)))
                for each in offices[:1]
                if not offices[1:]
            ),
        ],
        state=Cell(desk.say(f"state.{STATE[Status(account.status)]}"), "state"),
        buttons=[button] if is_waiting else [],
    )


def _place(service: Identity, desk: Desk, office: str) -> str:
    """A desk by the kind it is, and its office."""
    return desk.say(
        "ops.identity.desk_at", kind=desk.say(f"ops.identity.desk.{channel_at(service, office)}"), office=office
    )


def _row(desk: Desk, account: Account) -> Row:
    return Row(
        [
            Cell(account.reference, "code"),
            Cell(desk.say(f"kind.{account.kind}")),
            Cell(account.moved_at, "instant"),
        ]
    )


def _day(desk: Desk) -> date:
    try:
        return date.fromisoformat(fold_digits(desk.field("expires_on")).strip())
    except ValueError:
        raise Invalid("day-not-valid") from None


def _mobile(desk: Desk) -> str:
    try:
        return to_mobile(desk.field("mobile"))
    except ValueError:
        raise Invalid("mobile-not-valid") from None
