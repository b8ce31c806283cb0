"""The run folder of one embedded platform: its lock, its ports, its secrets, its data and its logs."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from deploy.embedded.children import free_port, is_port_free


class AlreadyRunning(SystemExit):
    """Another platform works in this folder; the message names its process."""


class RunFolder:
    """`.run/` of a platform. `data` is data: cleaning never touches it."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.data = self.path / "data"
        self.log = self.path / "log"
        self.secrets = self.path / "secrets"
        for folder in (self.path, self.data, self.log, self.secrets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock: IO[str] | None = None

    def lock(self) -> None:
        """Take the folder for this process until it ends. Raises AlreadyRunning."""
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise AlreadyRunning(
                f"already running here as process {lock.read().strip() or '?'}: stop it first, or use another folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def ports(self, names: Iterable[str]) -> dict[str, int]:
        """A free loopback port per name, the same at every start as long as nobody else took it."""
        file = self.path / "ports.json"
        known: dict[str, int] = json.loads(file.read_text()) if file.is_file() else {}
        taken = set(known.values())
        for name in names:
            if name not in known or not is_port_free(known[name]):
                known[name] = next(port for port in iter(free_port, 0) if port not in taken)
                taken.add(known[name])
        file.write_text(json.dumps(known, indent=1, sort_keys=True))
        return known

    def secret(self, name: str) -> str:
        """A secret of this platform, made at the first start and readable by its owner only."""
        path = self.secrets / name
        if not path.is_file():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text().strip()
