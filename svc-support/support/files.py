"""Files from strangers: named by content, decoded within limits and written anew. What is kept is what we wrote.

Blocking and CPU-bound: call it in a thread.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pikepdf
import puremagic
from PIL import Image, UnidentifiedImageError

from chassis.refusals import Invalid

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
_SIGNATURES = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))
_ACTIVE = ("/OpenAction", "/AA", "/AcroForm", "/JavaScript", "/Names", "/Outlines", "/Collection")
_PAGE_ACTIVE = ("/AA", "/Annots")


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
    if not int(limits["least_bytes"]) <= len(content) <= int(limits["most_bytes"]):
        raise FileNotAccepted("size")
    kind = _kind(content)
    if kind not in limits["types"]:
        raise FileNotAccepted("type")
    if kind == PDF:
        return CleanFile(PDF, _rewritten_pdf(content, int(limits["most_pages"])))
    return CleanFile(kind, _reencoded_image(content, kind, int(limits["most_pixels"])))


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
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=["JPEG" if kind == JPEG else "PNG"]) as picture:
                # The header alone tells the size: nothing is decoded before it is known to be bearable.
                if picture.width * picture.height > most_pixels:
                    raise FileNotAccepted("pixels")
                picture.load()
                plain = picture.convert("RGB" if kind == JPEG else "RGBA")
        except (
            UnidentifiedImageError,
            OSError,
            ValueError,
            SyntaxError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ) as error:
            raise FileNotAccepted("unreadable") from error
    written = io.BytesIO()
    plain.save(written, "JPEG" if kind == JPEG else "PNG", **({"quality": 90} if kind == JPEG else {}))
    return written.getvalue()


def _rewritten_pdf(content: bytes, most_pages: int) -> bytes:
    """The pages alone, copied into a new document: whatever the old one could do is left behind."""
    try:
        with pikepdf.open(io.BytesIO(content)) as old, pikepdf.new() as new:
            if len(old.pages) > most_pages:
                raise FileNotAccepted("pages")
            for key in _ACTIVE:
                if key in old.Root:
                    del old.Root[key]
            for page in old.pages:
                for key in _PAGE_ACTIVE:
                    if key in page:
                        del page[key]
                new.pages.append(page)
            written = io.BytesIO()
            new.save(written, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return written.getvalue()
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, RuntimeError, TypeError, OSError) as error:
        raise FileNotAccepted("unreadable") from error
