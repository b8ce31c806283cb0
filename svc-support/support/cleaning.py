"""Cleaning strangers' files in a process of its own, which may use so much memory and time and no more.

A file of half a megabyte can unpack to gigabytes inside a library that has no limit for it. Then this process dies, not
the API; the caller is told that the file is not accepted.
"""

import asyncio
import io
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from support.files import CleanFile, FileNotAccepted, clean, refuse_size

AT_ONCE = 2
MEMORY_BYTES = 640 << 20
CPU_S = 4


class Cleaner:
    """Cleans what came with a few requests at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def clean(self, contents: Sequence[bytes], limits: Mapping[str, Any]) -> list[CleanFile]:
        """The files as `files.clean` makes them, all or none: one process, since starting it costs more than a file.

        Raises FileNotAccepted. Cancelled, it leaves no process behind.
        """
        for content in contents:
            refuse_size(content, limits)
        head = {"limits": dict(limits), "sizes": [len(content) for content in contents]}
        async with self._room:
            answer = await _asked(json.dumps(head).encode() + b"\n" + b"".join(contents))
        line, _, cleaned = answer.partition(b"\n")
        told = json.loads(line or b"{}")
        if "files" not in told:
            raise FileNotAccepted(told.get("reason", "too-complex"))
        body = io.BytesIO(cleaned)
        return [CleanFile(each["media_type"], body.read(each["size"])) for each in told["files"]]


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
    """Read limits and files, write what became of them."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    head = json.loads(sys.stdin.buffer.readline())
    try:
        cleaned = [clean(sys.stdin.buffer.read(size), head["limits"]) for size in head["sizes"]]
    except FileNotAccepted as refused:
        sys.stdout.buffer.write(json.dumps(refused.details).encode())
        return
    told = [{"media_type": file.media_type, "size": len(file.content)} for file in cleaned]
    sys.stdout.buffer.write(json.dumps({"files": told}).encode() + b"\n")
    for file in cleaned:
        sys.stdout.buffer.write(file.content)


if __name__ == "__main__":
    main()
