"""Drawn portraits of nobody: a head and shoulders before a wall, with everything a test may want wrong with it."""

import io

from PIL import Image, ImageDraw

WALL = (244, 244, 242)


def drawn(size=(600, 900), wall=WALL, skin=(196, 154, 120), cloth=(70, 80, 110)):
    """A picture with a face in it, or as near to one as ellipses come."""
    picture = Image.new("RGB", size, wall)
    width, height = size
    pen = ImageDraw.Draw(picture)
    pen.ellipse((width * 0.12, height * 0.72, width * 0.88, height * 1.4), fill=cloth)
    pen.ellipse((width * 0.26, height * 0.12, width * 0.74, height * 0.78), fill=skin)
    pen.pieslice((width * 0.25, height * 0.1, width * 0.75, height * 0.6), 180, 360, fill=(40, 30, 25))
    for left in (0.36, 0.56):
        pen.ellipse((width * left, height * 0.4, width * (left + 0.09), height * 0.43), fill=(25, 25, 25))
    pen.line((width * 0.43, height * 0.62, width * 0.57, height * 0.62), fill=(120, 60, 60), width=max(1, width // 90))
    return picture


def saved(picture, kind="JPEG", **options):
    """The picture as a file."""
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()
