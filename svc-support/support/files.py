"""Files from strangers: named by content, decoded within limits and written anew. What is kept is what we wrote.

Blocking and CPU-bound, and libraries of other people's making read what strangers wrote: `cleaning.py` runs it apart.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pikepdf
import puremagic
from PIL import Image, ImageOps, UnidentifiedImageError

from chassis.refusals import Invalid

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
_SIGNATURES = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))
_PAGE_KEPT = {
    *("/Type", "/Parent", "/Resources", "/Contents", "/Rotate", "/UserUnit", "/Group"),
    *("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox"),
}
_ACTIVE = {
    *("/AA", "/OpenAction", "/JS", "/JavaScript", "/Launch", "/URI", "/GoToR", "/SubmitForm"),
    *("/AF", "/EF", "/EmbeddedFiles", "/PieceInfo", "/Metadata", "/OPI"),
}
_STREAM_ACTIVE = {"/F", "/FFilter", "/FDecodeParms", "/Ref", "/Alternates"}
_UNREADABLE = (
    *(OSError, ValueError, SyntaxError, RuntimeError, TypeError, ArithmeticError, LookupError, EOFError),
    *(struct.error, zlib.error, UnidentifiedImageError),
)


class FileNotAccepted(Invalid):
    """Not a picture or PDF we take, or too large once opened; `details.reason` says which."""

    slug = "file-not-accepted"

    def __init__(self, reason: str) -> None:
        super().__init__(details={"reason": reason}, reason=reason)


@dataclass(frozen=True)
class CleanFile:
    """A file as we wrote it."""

    media_type: str
    content: bytes


def clean(content: bytes, limits: Mapping[str, Any]) -> CleanFile:
    """Decode and write a file anew, without metadata, scripts or attachments. Raises FileNotAccepted."""
    refuse_size(content, limits)
    kind = _kind(content)
    if kind not in limits["types"]:
        raise FileNotAccepted("type")
    if kind == PDF:
        return CleanFile(PDF, _rewritten_pdf(content, int(limits["most_pages"])))
    return CleanFile(kind, _reencoded_image(content, kind, int(limits["most_pixels"])))


def refuse_size(content: bytes, limits: Mapping[str, Any]) -> None:
    """Before anything is looked at. Raises FileNotAccepted."""
    if not int(limits["least_bytes"]) <= len(content) <= int(limits["most_bytes"]):
        raise FileNotAccepted("size")


def _kind(content: bytes) -> str:
    """What the first bytes say; a file that begins as one thing and is named another by its content is refused."""
    kind = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), None)
    if kind is None:
        raise FileNotAccepted("type")
    try:
        named = {match.mime_type for match in puremagic.magic_string(content)}
    except puremagic.PureError:
        named = set()
    if named and kind not in named:
        raise FileNotAccepted("type")
    return kind


def _reencoded_image(content: bytes, kind: str, most_pixels: int) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG" if kind == JPEG else "PNG"]) as picture:
            # The header alone tells the size: nothing is decoded before it is known to be bearable.
            if picture.width * picture.height > most_pixels:
                raise FileNotAccepted("pixels")
            # Upright first: which way is up is told by the metadata that are left behind.
            plain = ImageOps.exif_transpose(picture).convert(_mode(picture, kind))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileNotAccepted("pixels") from error
    except _UNREADABLE as error:
        raise FileNotAccepted("unreadable") from error
    plain.info = {}  # comments and colour profiles would be written again
    written = io.BytesIO()
    plain.save(written, "JPEG" if kind == JPEG else "PNG", **({"quality": 90} if kind == JPEG else {}))
    return written.getvalue()


def _mode(picture: Image.Image, kind: str) -> str:
    return "RGBA" if kind == PNG and picture.has_transparency_data else "RGB"


def _rewritten_pdf(content: bytes, most_pages: int) -> bytes:
    """The pages alone, copied into a new document: whatever the old one could do is left behind."""
    try:
        with pikepdf.open(io.BytesIO(content)) as old, pikepdf.new() as new:
            if len(old.pages) > most_pages:
                raise FileNotAccepted("pages")
            for page in old.pages:
                new.pages.append(page)
            for page in new.pages:
                for key in set(page.obj.keys()) - _PAGE_KEPT:
                    del page[key]
            for each in new.objects:
                _disarm(each)
            written = io.BytesIO()
            new.save(written, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return written.getvalue()
    except (pikepdf.PdfError, pikepdf.PasswordError, *_UNREADABLE) as error:
        raise FileNotAccepted("unreadable") from error


def _disarm(each: pikepdf.Object) -> None:
    """Take out of an object, and of what lies directly in it, every key that acts, embeds or points outside."""
    if isinstance(each, pikepdf.Array):
        inner = list(each)
    elif isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
        dropped = _ACTIVE | _STREAM_ACTIVE if isinstance(each, pikepdf.Stream) else _ACTIVE
        for key in dropped & set(each.keys()):
            del each[key]
        inner = [each[key] for key in each.keys()]  # noqa: SIM118 - a PDF dictionary is not iterated by its keys alone
    else:
        return
    for one in inner:
        if isinstance(one, pikepdf.Object) and not one.is_indirect:
            _disarm(one)
