"""Reading a file: for its applicant and whoever holds the ticket, and only the bytes that were scanned."""

import io
import uuid

import pytest
import sqlalchemy as sa
from PIL import Image

from chassis.database import Database


def picture(size: tuple[int, int] = (40, 30)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(written, "PNG")
    return written.getvalue()


async def download(house, ticket, attachment, by=None):
    path = f"/v1/tickets/{ticket['id']}/attachments/{attachment['id']}"
    return await house.get(path, by=by or house.person())


async def test_a_file_is_for_its_applicant_and_whoever_holds_the_ticket(house):
    ticket, other = await house.open(), await house.open()
    [kept] = (await house.attach(ticket, ("a.png", picture()))).json()
    assert (await download(house, ticket, kept, house.person("1000190015"))).status_code == 404
    assert (await download(house, ticket, kept, house.staff())).status_code == 404
    assert (await download(house, other, kept)).status_code == 404
    assert (await download(house, ticket, {"id": str(uuid.uuid4())})).status_code == 404
    await house.did(ticket, "take")
    assert (await download(house, ticket, kept, house.staff())).status_code == 200
    await house.act(ticket, "release", house.staff())
    assert (await download(house, ticket, kept, house.staff())).status_code == 404


@pytest.mark.parametrize(
    "damage",
    [
        "update attachments set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where id = :id",
        "update attachments set sealed = '\\x00' where id = :id",
        "update attachments set digest = repeat('0', 64) where id = :id",
        "update attachments set sealed = (select sealed from attachments where id <> :id) where id = :id",
    ],
)
async def test_bytes_that_are_not_those_that_were_scanned_are_not_served(house, damage):
    ticket = await house.open()
    files = [("a.png", picture()), ("b.png", picture(size=(9, 9)))]
    [kept, _] = (await house.attach(ticket, *files)).json()
    owner = Database(house.database.owner_dsn)
    async with owner.transaction() as session:
        await session.execute(sa.text("alter table attachments disable trigger user"))
        await session.execute(sa.text("alter table attachments no force row level security"))
        await session.execute(sa.text(damage), {"id": uuid.UUID(kept["id"])})
    await owner.close()
    refused = await download(house, ticket, kept)
    assert (refused.status_code, refused.json()["slug"]) == (500, "file-damaged")


async def test_files_lie_encrypted(house):
    ticket = await house.open()
    await house.attach(ticket, ("my blue door.png", picture()))
    [row] = await house.rows(sa.text("select name || encode(sealed, 'escape') from attachments"))
    assert "blue door" not in row
    assert "PNG" not in row
