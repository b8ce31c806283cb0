"""A printed authorisation is checked by anybody: number and last digits tell whether, for what and until when, no more."""

from datetime import timedelta

from chassis.clock import civil_day
from chassis.database import Sight
from chassis.identifiers import new_reference, uuid7
from identity.models import Authorisation
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")
GRANTOR, GRANTEE = (next(each for each in HOLDERS if each.role == role) for role in ("sponsor", "household-head"))
PATH, PAGE = "/v1/track/authorisations", "/authorisation-check"
TOLD = {"reference", "in_force", "texts", "service", "service_texts", "ends_on"}


async def written(house, status, *, confirmed=True, begins=0, days=30):
    """An authorisation as it stands in the house, whatever it went through."""
    now = house.service.clock.now()
    row = Authorisation(
        id=uuid7(),
        reference=new_reference("AUT"),
        person=GRANTOR.number,
        grantee=GRANTEE.number,
        asked_by=GRANTOR.number,
        service="exit_reentry",
        status=status,
        version=3,
        opened_at=now,
        moved_at=now,
        starts_on=civil_day(now) + timedelta(days=begins),
        ends_on=civil_day(now) + timedelta(days=days),
        narrowed_to=None,
        uses_allowed=None,
        confirmed_at=now if confirmed else None,
    )
    async with house.service.database.transaction(SYSTEM) as session:
        session.add(row)
    return row


async def asked(web, row, end=GRANTEE.number[-4:]):
    return await web.post(PATH, json={"reference": row.reference, "grantee_last4": end})


def heart(answer):
    """What an answer says, without what differs between any two."""
    body = answer.json()
    return answer.status_code, {name: body[name] for name in body if name not in ("request_id", "instance", "trace_id")}


async def test_the_pair_tells_whether_for_what_and_until_when_and_nothing_of_anybody(seeded):
    web = seeded.web()
    live = await written(seeded, "accepted")
    told = (await asked(web, live)).json()
    assert (told.keys(), told["in_force"], told["service"]) == (TOLD, True, "exit_reentry")
    assert told["ends_on"] == live.ends_on.isoformat()
    everything = str(told)
    assert not [each for each in (GRANTOR.number, GRANTEE.number, GRANTOR.mobile) if each in everything]
    for status, words in (("withdrawn", {}), ("used", {}), ("expired", {})):
        row = await written(seeded, status, **words)
        assert (await asked(web, row)).json()["in_force"] is False, status
    # As people type it; and when its days are over.
    typed = {"reference": f" {live.reference.lower()} ", "grantee_last4": GRANTEE.number[-4:]}
    assert (await web.post(PATH, json=typed)).json()["in_force"] is True
    seeded.service.clock.advance(timedelta(days=31))
    assert (await asked(web, live)).json()["in_force"] is False


async def test_wrong_pairs_and_what_was_never_given_are_answered_alike_and_counted(seeded):
    live, draft = await written(seeded, "accepted"), await written(seeded, "draft", confirmed=False)
    web = seeded.web("192.0.2.9")
    nobody = {"reference": new_reference("AUT"), "grantee_last4": GRANTEE.number[-4:]}
    unknown = heart(await web.post(PATH, json=nobody))
    assert unknown[0] == 404
    assert heart(await asked(web, live, "9999")) == unknown
    assert heart(await asked(web, draft)) == unknown
    misread = {"reference": live.reference[:-1] + ("2" if live.reference[-1] != "2" else "3"), "grantee_last4": "12"}
    wrong = await web.post(PATH, json=misread)
    assert wrong.status_code == 422
    codes = {each["code"] for each in wrong.json()["details"]["fields"]}
    assert codes == {"authorisation-number-not-valid", "last-digits-not-valid"}
    # Right pairs cost nothing; the sixth wrong one of an hour is refused, from wherever it comes, and so is a right one then.
    for _ in range(7):
        assert (await asked(web, live)).status_code == 200
    for _ in range(4):
        assert (await asked(seeded.web("192.0.2.10"), live, "9999")).status_code == 404
    spent = await asked(seeded.web("192.0.2.11"), live)
    assert (spent.status_code, spent.json()["slug"]) == (429, "too-many-authorisation-checks")
    assert int(spent.headers["retry-after"]) > 0
    # A number that never was is limited in the same way.
    for _ in range(4):
        assert (await seeded.web("192.0.2.12").post(PATH, json=nobody)).status_code == 404
    assert (await seeded.web("192.0.2.12").post(PATH, json=nobody)).status_code == 429


async def test_the_page_says_it_in_words_and_what_is_wrong_beside_its_field(seeded):
    live, browser = await written(seeded, "accepted"), seeded.browser()
    fields = {"reference": live.reference, "grantee_last4": GRANTEE.number[-4:]}
    shown = await browser.form(f"{PAGE}?lang=ar", PAGE, **fields)
    assert (shown.status_code, "ساري المفعول" in shown.text, "هـ" in shown.text) == (200, True, True)
    assert GRANTEE.number not in shown.text
    wrong = await browser.form(f"{PAGE}?lang=en", PAGE, reference="AUT-1", grantee_last4="")
    assert wrong.status_code == 422
    assert 'id="reference-wrong"' in wrong.text
    assert 'href="#grantee_last4"' in wrong.text
    unknown = await browser.form(PAGE, PAGE, reference=live.reference, grantee_last4="9999")
    assert (unknown.status_code, "No authorisation" in unknown.text or "Check the number" in unknown.text) == (
        404,
        True,
    )
    assert (await browser.web.post(PAGE, data={**fields, "csrf": "no"})).status_code == 400
