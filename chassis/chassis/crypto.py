"""Encrypted columns: AES-256-GCM with the key's id inside the value, and an HMAC index to look a value up by.

Keys come from two secrets files a service owns; an older key stays readable until its values are written anew.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class Undecipherable(ValueError):
    """The value was made with a key we do not have, or was altered."""


class Cipher:
    """Encrypts with the current key and reads values of every known key. `keys` maps a short id to a secret."""

    def __init__(self, keys: Mapping[str, str], current: str, index_secret: str) -> None:
        self._keys = {name: AESGCM(hashlib.sha256(secret.encode()).digest()) for name, secret in keys.items()}
        self._current = current
        self._index = hashlib.sha256(b"index:" + index_secret.encode()).digest()

    def encrypt(self, text: str) -> str:
        """`<key id>:<base64 of nonce and ciphertext>`."""
        name, _, sealed = self.seal(text.encode()).partition(b":")
        return f"{name.decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, value: str) -> str:
        """The text. Raises Undecipherable."""
        name, _, body = value.partition(":")
        try:
            return self.unseal(name.encode() + b":" + base64.b64decode(body, validate=True)).decode()
        except ValueError as error:
            raise Undecipherable(f"a value under key {name!r} cannot be read") from error

    def seal(self, content: bytes) -> bytes:
        """Bytes as `<key id>:` followed by nonce and ciphertext."""
        nonce = os.urandom(12)
        sealed = self._keys[self._current].encrypt(nonce, content, self._current.encode())
        return self._current.encode() + b":" + nonce + sealed

    def unseal(self, sealed: bytes) -> bytes:
        """The bytes. Raises Undecipherable."""
        name, _, raw = sealed.partition(b":")
        try:
            return self._keys[name.decode()].decrypt(raw[:12], raw[12:], name)
        except (KeyError, ValueError, InvalidTag) as error:
            raise Undecipherable("bytes that cannot be read") from error

    def index(self, text: str) -> str:
        """A keyed digest by which equal texts are found without being readable."""
        return hmac.new(self._index, text.encode(), hashlib.sha256).hexdigest()


_ciphers: dict[str, Cipher] = {}


def use_cipher(service: str, cipher: Cipher) -> None:
    """Give a service's encrypted columns their cipher; called once at start."""
    _ciphers[service] = cipher


def cipher_of(service: str) -> Cipher:
    """The cipher a service was started with. Raises LookupError before that."""
    return _ciphers[service]


class Encrypted(TypeDecorator[str]):
    """A text column whose value is encrypted at rest with the cipher of the named service."""

    impl = Text
    cache_ok = True

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else cipher_of(self.service).encrypt(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else cipher_of(self.service).decrypt(str(value))
