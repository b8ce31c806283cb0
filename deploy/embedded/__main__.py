"""`make run`, and what keeps its data: run, backup, restore, reset, migrate, verify. Ctrl-C stops everything."""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from pathlib import Path

import uvloop

from deploy.embedded import keeping
from deploy.embedded.children import is_port_free
from deploy.embedded.platform import Platform, running
from deploy.embedded.postgres import ClusterError

FOLDER = Path(__file__).resolve().parents[2] / ".run"
PORT = 8080


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where data, secrets, logs and ports are kept")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the platform")
    run.add_argument("--port", type=int, default=PORT, help="the public port (default %(default)s)")
    commands.add_parser("backup", help="keep everything in one file").add_argument("file", type=Path, nargs="?")
    commands.add_parser("restore", help="bring a backup back into an empty folder").add_argument("file", type=Path)
    commands.add_parser("reset", help="remove the data").add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("migrate", help="bring databases forward").add_argument("service", nargs="?")
    commands.add_parser("verify", help="check the invariants of the data")
    given = parser.parse_args()
    try:
        _do(given)
    except ClusterError as error:
        raise SystemExit(str(error)) from error


def _do(given: argparse.Namespace) -> None:
    folder: Path = given.folder.resolve()
    if given.command == "run":
        _start(folder, given.port)
    elif given.command == "backup":
        _say(f"kept in {keeping.back_up(folder, given.file)}: it holds secrets, put it where only you can read it")
    elif given.command == "restore":
        _holds(uvloop.run(keeping.restore(folder, given.file)))
    elif given.command == "migrate":
        uvloop.run(keeping.bring_forward(folder, given.service))
        _say("the databases are at this version")
    elif given.command == "verify":
        _holds(uvloop.run(keeping.verify(folder)))
    else:
        _reset(folder, ask=not given.yes)


def _start(folder: Path, port: int) -> None:
    if not is_port_free(port):
        raise SystemExit(f"port {port} is taken{_holder(port)}: stop that program, or `make run PORT=8090`")
    uvloop.run(_run(folder, port))


def _holds(broken: list[str]) -> None:
    if broken:
        raise SystemExit("these invariants do not hold:\n  " + "\n  ".join(broken))
    _say("every invariant holds")


def _reset(folder: Path, *, ask: bool) -> None:
    going = keeping.what_goes(folder)
    if not going:
        _say("there is nothing to remove")
        return
    print("This removes for good:\n  " + "\n  ".join(going))
    if ask and input("Type reset to go on: ").strip() != "reset":
        raise SystemExit("nothing was removed")
    keeping.reset(folder)
    _say("removed")


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
        f"  Mail              {outside}/mailbox\n"
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
