"""Hashing passwords off the event loop: argon2id in a small pool with a bounded queue; beyond it the door says 503."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from secrets import token_urlsafe
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.refusals import Unavailable
from identity.settings import IdentitySettings

RETRY_AFTER_S = 2
_NICE = 5
R = TypeVar("R")


def give_way() -> None:
    """Have everybody else's work go before this thread's: Linux ranks threads one by one."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


class HashingBusy(Unavailable):
    """More passwords wait to be checked than we promise to work off."""

    slug = "sign-in-busy"


class Passwords:
    """Hashes and verifies; who has no account is verified against a hash of nothing, in the same time."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1
        )
        self._threads = ThreadPoolExecutor(settings.hash_threads, thread_name_prefix="argon2", initializer=give_way)
        self._room = settings.hash_threads + settings.hash_waiting
        self._waiting = 0

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(token_urlsafe())

    async def hash(self, password: str) -> str:
        """The password's argon2id hash with its parameters and salt. Raises HashingBusy."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; for None the same work is done and the answer is no. Raises HashingBusy."""
        return await self._run(self._verify, kept, password)

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str | None, password: str) -> bool:
        try:
            matches = self._hasher.verify(self._nobodys if kept is None else kept, password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and kept is not None

    async def _run(self, work: Callable[..., R], *arguments: Any) -> R:
        if self._waiting >= self._room:
            raise HashingBusy(retry_after=RETRY_AFTER_S)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
