"""Stylesheets and fonts under an address that names their content: kept by browsers for a year, replaced at once."""

import hashlib
import mimetypes
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

mimetypes.add_type("font/woff2", ".woff2")
_FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """The files of the `static` folders of some packages, read once; a later package's file replaces an earlier one's."""

    def __init__(self, prefix: str, *packages: str) -> None:
        self._files: dict[str, bytes] = {}
        for package in ("chassis.web", *packages):
            for file in resources.files(package).joinpath("static").iterdir():
                self._files[file.name] = file.read_bytes()
        mark = hashlib.sha256()
        for name in sorted(self._files):
            mark.update(name.encode() + b"\0" + self._files[name])
        self._mark = mark.hexdigest()[:12]
        self._prefix = prefix

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that is not there."""
        self._files[name]
        return f"{self._prefix}/{self._mark}/{name}"

    async def serve(self, request: Request) -> Response:
        """Answer `{prefix}/{mark}/{name}`."""
        name = request.path_params["name"]
        content = self._files.get(name)
        if content is None:
            return Response(status_code=404)
        kept = _FOREVER if request.path_params["mark"] == self._mark else "no-cache"
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(content, media_type=media_type, headers={"Cache-Control": kept})
