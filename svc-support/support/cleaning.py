"""Cleaning a stranger's file in a process of its own, which may use so much memory and time and no more.

A file of half a megabyte can unpack to gigabytes inside a library that has no limit for it. Then this process dies, not
the API; the caller is told that the file is not accepted.
"""

import asyncio
import json
import resource
import sys
from collections.abc import Mapping
from typing import Any

from support.files import CleanFile, FileNotAccepted, clean

AT_ONCE = 2
MEMORY_BYTES = 640 << 20
CPU_S = 4


class Cleaner:
    """Cleans at most a few files at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def clean(self, content: bytes, limits: Mapping[str, Any]) -> CleanFile:
        """The file as `files.clean` makes it. Raises FileNotAccepted. Cancelled, it leaves no process behind."""
        if not int(limits["least_bytes"]) <= len(content) <= int(limits["most_bytes"]):
            raise FileNotAccepted("size")
        async with self._room:
            answer = await _asked(json.dumps(dict(limits)).encode() + b"\n" + content)
        head, _, cleaned = answer.partition(b"\n")
        told = json.loads(head or b"{}")
        if "media_type" not in told:
            raise FileNotAccepted(told.get("reason", "too-complex"))
        return CleanFile(told["media_type"], cleaned)


async def _asked(request: bytes) -> bytes:
    """What the other process answers; nothing when it died."""
    pipe = asyncio.subprocess.PIPE
    quiet = asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.cleaning", stdin=pipe, stdout=pipe, stderr=quiet
    )
    try:
        answer, _ = await child.communicate(request)
        return answer if child.returncode == 0 else b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def main() -> None:
    """Read limits and a file, write what became of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limits = json.loads(sys.stdin.buffer.readline())
    try:
        cleaned = clean(sys.stdin.buffer.read(), limits)
    except FileNotAccepted as refused:
        sys.stdout.buffer.write(json.dumps(refused.details).encode())
        return
    sys.stdout.buffer.write(json.dumps({"media_type": cleaned.media_type}).encode() + b"\n" + cleaned.content)


if __name__ == "__main__":
    main()
