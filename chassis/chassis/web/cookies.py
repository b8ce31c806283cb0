"""Cookies that only we can read: sealed with AES-GCM, dated, so that a copied one is worth nothing after its time.

The cookie's name is sealed in with its content: one cookie's value is no other cookie's.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from chassis.clock import machine_now
from chassis.crypto import Cipher, Undecipherable

LARGEST = 3800
"""Characters: browsers drop a cookie of more than 4096 together with its name and attributes."""


class CookieTooLarge(ValueError):
    """What should be kept does not fit a cookie."""


class SealedCookie:
    """One cookie of ours. `secure` for every address that is not plain http; `longest_s` bounds its life."""

    def __init__(self, name: str, cipher: Cipher, *, path: str, secure: bool, longest_s: int) -> None:
        self.name = name
        self._cipher = cipher
        self._path = path
        self._secure = secure
        self._longest_s = longest_s

    def put(self, response: Response, content: Mapping[str, Any], *, suffix: str = "") -> None:
        """Give the browser the content, sealed. Raises CookieTooLarge."""
        name = self.name + suffix
        said = json.dumps({"": name, "@": int(machine_now().timestamp()), **content}, separators=(",", ":"))
        value = base64.urlsafe_b64encode(self._cipher.seal(zlib.compress(said.encode()))).decode().rstrip("=")
        if len(value) > LARGEST:
            raise CookieTooLarge(f"{name}: {len(value)} characters")
        response.set_cookie(
            name,
            value,
            max_age=self._longest_s,
            path=self._path,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def read(self, request: Request, *, suffix: str = "") -> dict[str, Any] | None:
        """What the browser brought back, or None: nothing, not ours, another cookie's, or too old."""
        name = self.name + suffix
        value = request.cookies.get(name, "")
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            content: dict[str, Any] = json.loads(zlib.decompress(self._cipher.unseal(sealed)))
        except (ValueError, zlib.error, Undecipherable):
            return None
        made_at = content.pop("@", 0)
        if content.pop("", None) != name or machine_now().timestamp() - made_at > self._longest_s:
            return None
        return content

    def drop(self, response: Response, *, suffix: str = "") -> None:
        """Take the cookie back."""
        response.delete_cookie(self.name + suffix, path=self._path, secure=self._secure, httponly=True, samesite="lax")
