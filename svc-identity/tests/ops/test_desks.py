"""Activation at a desk of any kind: an office, an airport or a kiosk; a clerk with several says at which one they are."""

import sqlalchemy as sa

from chassis.database import Sight
from chassis.testing.desk import staff_browser
from identity.actions.relate import begin_relation
from identity.app import create_api
from identity.models import Binding
from identity.queries import account_of
from identity.seeds import OFFICE
from partners.testing import magic

SYSTEM = Sight.system("test")
CLERK, MOBILE = "S-100001", "+966507654321"
KIOSK, AIRPORT = "riyadh-airport-kiosk", "riyadh-airport"


async def registered(house, number, mobile):
    web = house.web()
    asked = await web.post("/v1/accounts", json={"number": number, "mobile": mobile})
    body = {"registration": asked.json()["registration"], "code": await house.code_to(mobile), "password": "Open-7-it"}
    assert (await web.post("/v1/accounts/confirmations", json=body)).status_code == 201


async def document_of(house, number, mobile):
    person = await house.bodies.registry.person(number)
    return {"number": number, "expires_on": person.id_expires_on.isoformat(), "mobile": mobile}


async def test_a_clerk_with_several_desks_says_which_and_the_binding_keeps_it(seeded, mint):
    number = magic("001")
    await registered(seeded, number, MOBILE)
    api = create_api(seeded.service, mint.verifier())
    async with staff_browser(seeded.service, api, mint, CLERK, {"clerk": OFFICE}) as clerk:
        path = (await clerk.press("/activations/find", number=number)).headers["location"].rpartition("/en")[2]
        alone = await clerk.page(path)
        assert f"Passports office: {OFFICE}" in alone
        assert 'name="office"' not in alone
        assert 'type="date"' in alone
        async with seeded.service.database.transaction(SYSTEM) as session:
            await begin_relation(seeded.service, session, "clerk", CLERK, KIOSK)
        several = await clerk.page(path)
        assert f"Kiosk with a clerk: {KIOSK}" in several
        assert "كشك يخدمه موظف" in await clerk.page(path, language="ar")
        seen = await document_of(seeded, number, MOBILE)
        silent = await clerk.press(f"{path}/activate", **seen)
        assert (silent.status_code, "several offices" in silent.text) == (422, True)
        foreign = await clerk.press(f"{path}/activate", **seen, office=AIRPORT)
        assert foreign.status_code == 403
        done = await clerk.press(f"{path}/activate", **seen, office=KIOSK)
        assert done.status_code == 303, done.text
    async with seeded.service.database.transaction(SYSTEM) as session:
        account = await account_of(session, number)
        binding = await session.scalar(sa.select(Binding).where(Binding.account_id == account.id))
    assert (account.status, binding.channel, binding.office, binding.clerk) == ("active", "kiosk", KIOSK, CLERK)
