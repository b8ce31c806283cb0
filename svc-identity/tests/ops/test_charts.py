"""Identity's figures over time: activations of each day against what is expected, and how fast codes left."""

import re
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from chassis.database import Sight
from chassis.identifiers import uuid7
from chassis.testing.desk import staff_browser
from identity.app import create_api
from identity.models import Challenge, Tally

SYSTEM = Sight.system("test")


def challenge(sent_at, took):
    return Challenge(
        id=uuid7(), purpose="sign_in", object=uuid7(), person="1000000008", code_mac="0" * 64, guesses=0,
        guesses_allowed=5, sent_at=sent_at, expires_at=sent_at + timedelta(minutes=5),
        delivered_at=None if took is None else sent_at + timedelta(seconds=took),
    )  # fmt: skip


def table_of(page, title):
    """The rows of the table that belongs to the chart with this title."""
    part = page.split(f">{title}</h2>")[1].split("</table>")[0]
    rows = re.findall(r'<tr><th scope="row"><bdi>([^<]+)</bdi></th>(.*?)</tr>', part)
    return [
        (name, re.findall(r'<td class="number">(?:<bdi>|<span class="quiet">)([^<]+)<', cells)) for name, cells in rows
    ]


async def test_activations_by_day_and_codes_by_ten_minutes(seeded, mint):
    service = seeded.service
    today, now = service.clock.today(), service.clock.now()
    async with service.database.transaction(SYSTEM) as session:
        for ago, count in ((0, 2_345), (1, 11_000), (13, 7), (14, 9_999)):
            counted = {"day": today - timedelta(days=ago), "what": "activation.done", "count": count}
            written = insert(Tally).values(counted)
            await session.execute(written.on_conflict_do_update(index_elements=["day", "what"], set_=counted))
        for ago, took in ((1, 1), (2, 3), (31, 8), (33, None), (71, 400)):
            session.add(challenge(now - timedelta(minutes=ago), took))
    async with staff_browser(service, create_api(service, mint.verifier()), mint, "S-1", {"operator": "main"}) as desk:
        page = await desk.page("/figures")
        arabic = await desk.page("/figures", language="ar")
    days = table_of(page, "Activations day by day")
    assert len(days) == 14
    assert (days[0][1], days[1][1], days[-2][1], days[-1][1]) == (["7"], ["0"], ["11,000"], ["2,345"])
    assert "Target <bdi>10,000</bdi>" in page
    codes = [told for _, told in table_of(page, "Codes taken by the text operator in the last hour")]
    assert codes[-1] == ["2", "2.9", "2.98"]
    assert codes[-4] == ["8", "8", "8"]
    # Nothing was sent in the others: that is not known, and not zero.
    assert codes[0] == codes[1] == codes[3] == codes[4] == ["not known"] * 3
    assert "التفعيل يوماً بيوم" in arabic
    assert 'dir="ltr"' in arabic
