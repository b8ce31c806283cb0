"""`make run`: start the embedded platform in `.run/`, print where everything is, stop everything at Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from pathlib import Path

import uvloop

from deploy.embedded.children import is_port_free
from deploy.embedded.platform import Platform, running
from deploy.embedded.postgres import ClusterError

FOLDER = Path(__file__).resolve().parents[2] / ".run"
PORT = 8080


def main() -> None:
    """Read the command line and run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded", description=__doc__)
    parser.add_argument("command", choices=["run"])
    parser.add_argument("--port", type=int, default=PORT, help="the public port (default %(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where data, secrets, logs and ports are kept")
    arguments = parser.parse_args()
    if not is_port_free(arguments.port):
        raise SystemExit(
            f"port {arguments.port} is taken{_holder(arguments.port)}: stop that program, or `make run PORT=8090`"
        )
    try:
        uvloop.run(_run(arguments.folder, arguments.port))
    except ClusterError as error:
        raise SystemExit(str(error)) from error


async def _run(folder: Path, port: int) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    started = time.monotonic()
    async with running(folder, public_port=port, say=_say) as platform:
        _welcome(platform, time.monotonic() - started)
        await stop.wait()
        _say("stopping")


def _say(line: str) -> None:
    print(f"· {line}", flush=True)


def _welcome(platform: Platform, seconds: float) -> None:
    url, outside = platform.public_url, platform.simulators_url
    print(
        f"\nReady in {seconds:.1f} s. A reference implementation: no government's site, no real person.\n\n"
        f"  Portal            {url}/ar   {url}/en\n"
        f"  Operations        {url}/ops\n"
        f"  API               {url}/openapi.json\n"
        f"  Texts (SMS)       {outside}/phones\n"
        f"  Mail              {outside}/mail\n"
        f"  Bank (deposits)   {outside}/bank\n"
        f"  Logs              {platform.folder.log}\n\n"
        "  Demo sign-ins (number, password, then a code by SMS or TOTP):"
    )
    for each in platform.sign_ins:
        secret = f"  TOTP secret {each['totp_secret']}" if each.get("totp_secret") else ""
        print(f"    {each['role']:<16} {each['number']:<14} {each['password']}{secret}")
    print("\nCtrl-C stops everything.", flush=True)


def _holder(port: int) -> str:
    """Who listens on a port, where the system tells (Linux)."""
    wanted = f":{port:04X}"
    try:
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        inodes = {line.split()[9] for line in lines if line.split()[1].endswith(wanted) and line.split()[3] == "0A"}
        for process in Path("/proc").glob("[0-9]*"):
            if any(f"socket:[{inode}]" == _link(fd) for fd in (process / "fd").iterdir() for inode in inodes):
                name = (process / "comm").read_text().strip()
                return f" by {name} (process {process.name})"
    except OSError:
        return ""
    return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


if __name__ == "__main__":
    main()
