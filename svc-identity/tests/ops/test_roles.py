"""The staff door's pages about roles and sign-ins: decided by two, read in two languages, lists without names."""

import re
from datetime import timedelta

import sqlalchemy as sa

from chassis.database import Sight
from chassis.testing.desk import staff_browser
from identity.actions.enter_password import SCOPE, Said, Try, enter_password
from identity.actions.limit import locked
from identity.app import create_api
from identity.figures import sign_ins
from identity.models import Account, RoleChange
from identity.ops.cards import cards
from identity.queries import account_of
from identity.seeds import HOLDERS, OFFICE

SYSTEM = Sight.system("test")
ASKED = {
    "number": "s-100002",
    "role": "clerk",
    "office": OFFICE,
    "direction": "begin",
    "reason": "the counter is short",
}


def staff(house, mint, number, **roles):
    return staff_browser(house.service, create_api(house.service, mint.verifier()), mint, number, roles)


async def test_two_administrators_change_a_role_on_the_pages(seeded, mint):
    async with (
        staff(seeded, mint, "S-100005") as first,
        staff(seeded, mint, "S-100006") as second,
        staff(seeded, mint, "S-100004") as operator,
    ):
        assert (await operator.http.get("/ops/identity/en/roles")).status_code == 403
        assert (await first.press("/roles/propose", **{**ASKED, "office": "?"})).status_code == 422
        assert (await first.press("/roles/propose", **{**ASKED, "reason": ""})).status_code == 422
        assert (await first.press("/roles/propose", **ASKED)).status_code == 303
        own = await first.page("/roles")
        assert "You proposed this change yourself" in own
        assert "Withdraw" in own
        waiting = await second.page("/roles", language="ar")
        assert "ضابط الجوازات" in waiting
        assert "اعتماد" in waiting
        path = "/roles/" + re.search(r"/roles/([0-9a-f-]{36})/approve", waiting)[1]
        refused = await first.press(f"{path}/approve")
        assert refused.status_code == 409
        assert "Another administrator decides" in refused.text
        assert (await second.press(f"{path}/approve")).status_code == 303
        case = await second.page(path)
        assert "approve · administrator" in case
        held = await first.press("/roles/of", number="S-100002")
        assert held.status_code == 200
        assert re.findall(r'name="role" value="(\w+)"', held.text) == ["officer", "clerk"]
        ending = {**ASKED, "number": "S-100002", "role": "officer", "direction": "end"}
        assert (await second.press("/roles/propose", **ending)).status_code == 303
        path = "/roles/" + re.search(r"/roles/([0-9a-f-]{36})/refuse", await first.page("/roles"))[1]
        assert (await first.press(f"{path}/refuse", reason="")).status_code == 422
        assert (await first.press(f"{path}/refuse", reason="still needed")).status_code == 303
        assert "still needed" in await second.page(path)
    async with seeded.service.database.transaction(SYSTEM) as session:
        ended = list(await session.scalars(sa.select(RoleChange.status).order_by(RoleChange.id)))
    assert ended == ["approved", "refused"]


async def test_the_days_sign_ins_say_where_they_were_lost_and_who_waits(seeded, mint):
    service, holder, other = seeded.service, HOLDERS[0], HOLDERS[1]
    browser = seeded.browser()
    await browser.sign_in(holder.number, mobile=holder.mobile)
    unfinished = seeded.browser()
    await unfinished.password(HOLDERS[2].number)
    assert (await unfinished.code("000000")).status_code == 422
    # The last try the hour allows, for one account and for a number nobody has.
    for number in (other.number, "1999999993"):
        await tried_before(service, number, timedelta(minutes=10), 9)
        attempt = Try(number, "not this one", "browser", "/", "en")
        assert (await enter_password(service, attempt)).said is Said.NOT_RIGHT
    async with service.database.transaction(SYSTEM) as session:
        account = await account_of(session, HOLDERS[3].number)
        await session.execute(sa.update(Account).where(Account.id == account.id).values(code_misses=1_000))
        first, stopped = (await account_of(session, other.number)).reference, account.reference
        told = await sign_ins(service, session)
        alarmed = [(await card(session)).is_bad for card in cards(service)]
    assert (told.tries, told.success_share) == (4, 25.0)
    assert alarmed == [False, False, False, True, False], "four tries wake nobody; stopped codes do"
    await tried_before(service, "1999999985", timedelta(minutes=1), 20)
    async with service.database.transaction(SYSTEM) as session:
        assert (await cards(service)[0](session)).is_bad
    async with staff(seeded, mint, "S-100004") as operator:
        page = await operator.page("/sign-ins")
        numbers = re.findall(r'<td class="number"><bdi>([^<]+)</bdi>', page)
        waiting, codes = await operator.page("/sign-ins/made-to-wait"), await operator.page("/sign-ins/codes-stopped")
        assert "عمليات الدخول اليوم" in await operator.page("/sign-ins", language="ar")
    assert numbers == ["4", "2", "50.0 %", "1", "50.0 %", "1", "100.0 %", "1", "1", "0"]
    assert "wrong password: 2" in page
    assert "wrong codes (tries): 1" in page
    assert "not finished: 1" in page
    assert re.findall(r"ACC-[\w-]+", waiting) == [first]
    assert re.findall(r"ACC-[\w-]+", codes) == [stopped]
    for holder in HOLDERS:
        assert holder.number not in page + waiting + codes


async def tried_before(service, number, ago, times):
    """As many wrong passwords some time ago."""
    now = service.clock.now()
    async with service.database.transaction(SYSTEM) as session:
        [row] = await locked(service, session, (SCOPE, number), now=now)
        row.uses = [now - ago] * times
