"""Today's sign-ins, step by step with where the others were lost; and who is made to wait, as bounded lists without names."""

import sqlalchemy as sa
from starlette.responses import Response

from chassis.audit.guard import nothing_personal
from chassis.ops import Cell, Desk, OpsKit, Row
from chassis.paging import CursorParam, page_of
from contracts.authority import StaffRole
from identity.figures import (
    STOPPED,
    Funnel,
    accounts_by_status,
    held_up_accounts,
    how_many,
    sign_in_funnel,
    stopped_accounts,
)
from identity.models import Account
from identity.wiring import Identity

WATCHERS = (StaffRole.OPERATOR, StaffRole.ADMINISTRATOR)
PATH = "/sign-ins"
_LISTS = {"made-to-wait": held_up_accounts, "codes-stopped": stopped_accounts}


def add(kit: OpsKit, service: Identity) -> None:
    """Put the figures and the lists into the door."""
    kit.tab(PATH, "ops.identity.sign-ins", WATCHERS)

    @kit.router.get(PATH, name="ops_sign_ins")
    async def show_funnel(desk: Desk = kit.seeing(WATCHERS)) -> Response:
        told = await sign_in_funnel(desk.session, service.clock.today())
        lists = {name: await how_many(desk.session, accounts(service)) for name, accounts in _LISTS.items()}
        suspended = (await accounts_by_status(desk.session)).get("suspended", 0)
        return desk.list_page(
            desk.say("ops.identity.sign-ins"),
            [desk.say(f"ops.identity.sign-ins.{each}") for each in ("step", "count", "share", "lost")],
            [
                *_steps(desk, told),
                *(_waiting(desk, name, count) for name, count in lists.items()),
                _line(desk, "suspended", suspended),
            ],
            lead=desk.say("ops.identity.sign-ins.lead"),
        )

    def add_list(name: str) -> None:
        @kit.router.get(f"{PATH}/{name}", name=f"ops_{name.replace('-', '_')}")
        async def show_list(desk: Desk = kit.seeing(WATCHERS), cursor: CursorParam = None) -> Response:
            return await _accounts(desk, name, _LISTS[name](service), cursor)

    for name in _LISTS:
        add_list(name)


def _steps(desk: Desk, told: Funnel) -> list[Row]:
    stopped = {f"stopped.{why}": told.stopped[why] for why in STOPPED}
    return [
        _line(desk, "tried", told.tried),
        _line(desk, "password_right", told.password_right, told.tried, {"wrong_passwords": told.wrong_passwords}),
        _line(
            desk,
            "proved",
            told.proved,
            told.password_right,
            {**stopped, "wrong_codes": told.wrong_codes, "not_finished": told.not_finished},
        ),
        _line(desk, "signed_in", told.signed_in, told.proved, {"ended_meanwhile": told.ended_meanwhile}),
    ]


def _line(desk: Desk, step: str, count: int, before: int | None = None, lost: dict[str, int] | None = None) -> Row:
    share = f"{round(100 * count / before, 1)} %" if before else ""
    where = " · ".join(f"{desk.say(f'ops.identity.lost.{why}')}: {n}" for why, n in (lost or {}).items() if n)
    words = Cell(desk.say(f"ops.identity.sign-ins.{step}"))
    return Row([words, Cell(count, "number"), Cell(share, "number"), Cell(where)])


def _waiting(desk: Desk, name: str, count: int) -> Row:
    row = _line(desk, name, count)
    return Row(row.cells, desk.url(f"{PATH}/{name}"))


async def _accounts(desk: Desk, name: str, statement: sa.Select[Account], cursor: str | None) -> Response:
    rows, following = await page_of(desk.session, statement, Account.id, cursor=cursor)
    nothing_personal(desk.session, rows)  # references only; whoever opens one states a reason
    return desk.list_page(
        desk.say(f"ops.identity.sign-ins.{name}"),
        [desk.say("ops.reference"), desk.say("ops.identity.kind"), desk.say("ops.identity.misses")],
        [
            Row([Cell(row.reference, "code"), Cell(desk.say(f"kind.{row.kind}")), Cell(row.code_misses, "number")])
            for row in rows
        ],
        lead=desk.say(f"ops.identity.sign-ins.{name}.lead", accounts=desk.say("ops.identity.accounts")),
        following=following,
    )
