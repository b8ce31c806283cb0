"""Files from strangers: what is taken, what it becomes, who gets it back, and what never gets in."""

import asyncio
import hashlib
import io
import struct
import time
import zlib

import pikepdf
import pytest
import sqlalchemy as sa
from PIL import Image

from support.actions.attach import shown_name
from support.models import Attachment

HTML = b"<html><script>alert(document.cookie)</script></html>"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(written, kind, **options)
    return written.getvalue()


def pdf(pages: int = 1, **options: object) -> bytes:
    written = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=(200, 200))
        made.save(written, **options)
    return written.getvalue()


def armed_pdf() -> bytes:
    """A PDF with everything that acts: opened, turned to, clicked, submitted, embedded, associated, referred to."""
    written = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(200, 200))
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('armed')"))
        made.Root.OpenAction = script
        made.Root.AA = pikepdf.Dictionary(WC=script)
        made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=made.make_stream(b"<xdp armed/>"))
        made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["armed", script]))
        made.attachments["armed.exe"] = b"MZ armed"
        page = made.pages[0].obj
        page.AA = pikepdf.Dictionary(O=script)
        link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://armed.example/"))
        page.Annots = made.make_indirect(
            [pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=link)]
        )
        held = pikepdf.Dictionary(EF=pikepdf.Dictionary(F=made.make_stream(b"MZ armed")), F=pikepdf.String("armed.exe"))
        page.AF = pikepdf.Array([made.make_indirect(held)])
        form = made.make_stream(b"q Q", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 9, 9])
        form.AF = pikepdf.Array([held])
        form.PieceInfo = pikepdf.Dictionary(Armed=pikepdf.Dictionary(Private=script))
        form.Metadata = made.make_stream(b"<armed/>")
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm0=form))
        page.Contents = made.make_stream(b"/Fm0 Do")
        made.docinfo["/Title"] = "armed"
        made.save(written)
    return written.getvalue()


def encrypted_pdf() -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="armed", user="armed"))


def pixel_flood(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG that says it is huge and is tiny."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def unpacking_pdf(megabytes: int) -> bytes:
    """A PDF whose catalogue lies in an object stream that unpacks to so much."""
    packing, blank = zlib.compressobj(1), b" " * (1 << 20)
    packed = packing.compress(b"1 0 <</Type/Catalog/Pages 2 0 R>>")
    packed += b"".join(packing.compress(blank) for _ in range(megabytes)) + packing.flush()
    bodies = {
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        4: b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream" % (len(packed), packed),
    }
    out, rows = b"%PDF-1.5\n", struct.pack("!BIB", 0, 0, 0) + struct.pack("!BIB", 2, 4, 0)
    for number, body in bodies.items():
        rows += struct.pack("!BIB", 1, len(out), 0)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    rows += struct.pack("!BIB", 1, start, 0)
    table = b"<</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Length %d>>\nstream\n%b\nendstream" % (len(rows), rows)
    return out + b"5 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF" % (table, start)


async def download(house, ticket, attachment, by=None):
    path = f"/v1/tickets/{ticket['id']}/attachments/{attachment['id']}"
    return await house.get(path, by=by or house.person())


REFUSED = [
    ("empty", b"", "size"),
    ("too large", b"\x89PNG\r\n\x1a\n" + b"\0" * 5_000_000, "size"),
    ("svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "type"),
    ("html as pdf", HTML, "type"),
    ("html before a pdf", HTML + pdf(), "type"),
    ("gif", b"GIF89a" + b"\0" * 60, "type"),
    ("zip", b"PK\x03\x04" + b"\0" * 60, "type"),
    ("program", b"MZ" + b"\0" * 60, "type"),
    ("postscript", b"%!PS-Adobe-3.0\n", "type"),
    ("truncated png", picture(size=(400, 300))[:-40], "unreadable"),
    ("truncated jpeg", picture("JPEG", size=(400, 300))[:300], "unreadable"),
    ("png signature and html", b"\x89PNG\r\n\x1a\n" + HTML, "unreadable"),
    ("pixel flood", pixel_flood(), "pixels"),
    ("just too many pixels", pixel_flood(5_001, 5_000), "pixels"),
    ("pdf that is none", b"%PDF-1.7\nnothing of the kind", "unreadable"),
    ("encrypted pdf", encrypted_pdf(), "unreadable"),
    ("many pages", pdf(51), "pages"),
]


@pytest.mark.parametrize(("content", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_is_not_taken_leaves_nothing_behind(house, content, reason):
    ticket = await house.open()
    refused = await house.attach(ticket, ("invoice.pdf", content))
    assert (refused.status_code, refused.json()["slug"]) == (422, "file-not-accepted")
    assert refused.json()["details"]["reason"] == reason
    assert await house.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0


async def test_a_file_that_unpacks_to_gigabytes_is_refused_and_the_service_lives(house):
    ticket = await house.open()
    bomb = unpacking_pdf(600)
    assert len(bomb) < 5_000_000
    began = time.perf_counter()
    refused = await house.attach(ticket, ("plan.pdf", bomb))
    assert refused.status_code in (422, 503), refused.text
    assert time.perf_counter() - began < 8
    assert (await house.get("/health/ready", by={})).status_code == 200
    small = await house.attach(ticket, ("plan.pdf", unpacking_pdf(1)))
    assert small.status_code == 201, "the same shape, bearable, is a PDF like another"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(picture(), "image/png"), (picture("JPEG"), "image/jpeg"), (pdf(3), "application/pdf")],
)
async def test_what_is_served_is_what_was_scanned(house, content, media_type):
    ticket = await house.open()
    [kept] = (await house.attach(ticket, ("لقطة الشاشة ١.png", content))).json()
    served = await download(house, ticket, kept)
    assert hashlib.sha256(served.content).hexdigest() == kept["digest"]
    assert (served.headers["content-type"], len(served.content)) == (media_type, kept["size"])
    assert (kept["scan"], kept["name"]) == ("unscanned", "لقطة الشاشة ١.png")
    ending = media_type.split("/")[1]
    assert served.headers["content-disposition"] == f'attachment; filename="{kept["id"]}.{ending}"'
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["cache-control"] == "no-store"
    assert served.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_a_pdf_keeps_its_pages_and_nothing_that_acts(house):
    ticket = await house.open()
    answer = await house.attach(ticket, ("form.pdf", armed_pdf()))
    assert answer.status_code == 201, answer.text
    served = (await download(house, ticket, answer.json()[0])).content
    plain = io.BytesIO()
    with pikepdf.open(io.BytesIO(served)) as cleaned:
        assert len(cleaned.pages) == 1
        assert "/Fm0" in cleaned.pages[0].obj.Resources.XObject
        assert len(cleaned.attachments) == 0
        assert set(cleaned.Root.keys()) <= {"/Type", "/Pages", "/Version", "/Extensions"}
        off = pikepdf.ObjectStreamMode.disable
        decoded = pikepdf.StreamDecodeLevel.all
        cleaned.save(plain, object_stream_mode=off, stream_decode_level=decoded, compress_streams=False)
    for trace in (b"armed", b"JavaScript", b"OpenAction", b"EmbeddedFile", b"/AA", b"/AF", b"/URI", b"/Annots"):
        assert trace not in plain.getvalue(), trace


async def test_what_a_page_inherits_it_keeps(house):
    written = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(200, 200))
        del made.pages[0].obj["/MediaBox"]
        made.Root.Pages.MediaBox = [0, 0, 123, 321]
        made.Root.Pages.Rotate = 90
        made.save(written)
    ticket = await house.open()
    [kept] = (await house.attach(ticket, ("a.pdf", written.getvalue()))).json()
    with pikepdf.open(io.BytesIO((await download(house, ticket, kept)).content)) as cleaned:
        page = cleaned.pages[0].obj
        assert ([int(each) for each in page.MediaBox], int(page.Rotate)) == ([0, 0, 123, 321], 90)


async def test_a_polyglot_is_only_what_it_is_taken_for(house):
    ticket = await house.open()
    both = pdf() + HTML
    [kept] = (await house.attach(ticket, ("both.html", both))).json()
    assert kept["media_type"] == "application/pdf"
    assert b"script" not in (await download(house, ticket, kept)).content
    [kept] = (await house.attach(ticket, ("both.php", picture() + HTML))).json()
    assert b"script" not in (await download(house, ticket, kept)).content


async def test_a_picture_tells_neither_where_nor_by_whom_it_was_taken_and_stands_upright(house):
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "armed", 6
    exif.get_ifd(0x8825)[1] = "N"
    ticket = await house.open()
    sent = picture("JPEG", size=(40, 30), exif=exif, comment=b"armed", icc_profile=b"armed" * 40)
    [kept] = (await house.attach(ticket, ("p.jpg", sent))).json()
    served = (await download(house, ticket, kept)).content
    assert b"armed" in sent
    assert b"armed" not in served
    with Image.open(io.BytesIO(served)) as shown:
        assert (shown.size, dict(shown.getexif()), shown.info.get("icc_profile")) == ((30, 40), {}, None)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("a\u200f\u061cb\x07.png", "ab.png"),
        ("/", "file"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)
async def test_a_name_is_text_to_show_and_no_path(house, name, shown):
    assert shown_name(name) == shown
    ticket = await house.open()
    answer = await house.attach(ticket, (name.replace("\x07", ""), picture()))
    assert answer.status_code == 201, answer.text
    served = await download(house, ticket, answer.json()[0])
    assert "passwd" not in served.headers["content-disposition"]


async def test_a_ticket_has_at_most_five_files_however_they_come(house):
    ticket = await house.open()
    six = await house.attach(ticket, *((f"{n}.png", picture()) for n in range(6)))
    assert (six.status_code, six.json()["slug"]) == (409, "too-many-files")
    assert (await house.attach(ticket, *((f"{n}.png", picture()) for n in range(3)))).status_code == 201

    async def send() -> int:
        while True:
            answer = await house.attach(ticket, ("more.png", picture()))
            if answer.status_code == 201 or "too-many-files" in answer.text:
                return answer.status_code
            assert answer.status_code in (409, 503), answer.text  # a busy machine: nothing was kept, try again

    assert sorted(await asyncio.gather(*(send() for _ in range(4)))) == [201, 201, 409, 409]
    assert await house.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 5


async def test_of_several_files_all_are_kept_or_none(house):
    ticket = await house.open()
    answer = await house.attach(ticket, ("good.png", picture()), ("bad.png", HTML))
    assert answer.status_code == 422
    assert await house.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0
