"""What a stack of servers needs before its first process: secrets in files, databases with their roles, migrations.

python -m deploy.servers secrets FOLDER    a folder of secrets for every process; what is there already is kept
python -m deploy.servers prepare FOLDER --postgres URL --rabbitmq URL    databases, roles, migrations, and their addresses

The addresses carry no password: those lie in FOLDER/prepare/{postgres,rabbitmq}-password, where a server that is not
ours has its own put before the first command. Both commands are safe to repeat; `make up` does so at every start.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from chassis.migrations import migrate
from deploy.embedded.databases import Passwords, create_service_database
from deploy.embedded.keeping import DATABASES
from identity.keys import SigningKeys

SERVICES = tuple(name for name in DATABASES if name != "partners")
BROKER_USER = "jawaz"
BROKER_FILE = "rabbitmq.conf"
PREPARE = "prepare"
POSTGRES_PASSWORD, RABBITMQ_PASSWORD = "postgres-password", "rabbitmq-password"

# Who is given which secret. A name in two folders is one secret that both must know where SHARED says so.
GIVEN: dict[str, tuple[str, ...]] = {
    "postgres": (POSTGRES_PASSWORD,),
    "rabbitmq": (),
    "partners": ("post-callback", "registry-callback"),
    "identity": ("identity-columns", "identity-index", "ops-cookies", "registry-callback", "sms-password"),
    "passport": ("passport-columns", "passport-index", "ops-cookies"),
    "residency": ("ops-cookies",),
    "delivery": ("delivery-columns", "delivery-index", "ops-cookies", "post-callback", "sms-password"),
    "notify": ("notify-columns", "notify-index", "ops-cookies", "sms-password"),
    "support": ("support-columns", "support-index", "ops-cookies"),
    "portal": ("portal-cookies",),
    PREPARE: (
        POSTGRES_PASSWORD,
        RABBITMQ_PASSWORD,
        "database-verify",
        *(f"database-{name}{role}" for name in DATABASES for role in ("", "-owner")),
    ),
}
SHARED = frozenset({POSTGRES_PASSWORD, "post-callback", "registry-callback", "sms-password"})


def make_secrets(root: Path) -> None:
    """A folder of secrets for every process under `root`, readable by its owner only. What is there already is kept."""
    for holder, names in GIVEN.items():
        folder = root / holder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in names:
            if not (folder / name).exists():
                _write(folder / name, _known(root, name) or secrets.token_urlsafe(32))
    SigningKeys(root / "identity").published()
    _write(root / "rabbitmq" / BROKER_FILE, "\n".join(_broker_settings(root)))


def _known(root: Path, name: str) -> str | None:
    """A shared secret that somebody else was given before."""
    copies = (root / holder / name for holder in GIVEN) if name in SHARED else ()
    return next((copy.read_text("utf-8").strip() for copy in copies if copy.exists()), None)


def _broker_settings(root: Path) -> Iterator[str]:
    """The broker's first and only user; the image knows no variable for a file with its password any more."""
    yield f"default_user = {BROKER_USER}"
    yield f"default_pass = {_secret(root, RABBITMQ_PASSWORD)}"


async def prepare(root: Path, postgres: str, rabbitmq: str) -> None:
    """Databases, roles and migrations on the server at `postgres`, and every process's addresses as files of its own.

    A service's folder names its run-time role only: the owner's and the superuser's passwords stay in `prepare`.
    """
    admin = with_password(postgres, _secret(root, POSTGRES_PASSWORD))
    broker = with_password(rabbitmq, _secret(root, RABBITMQ_PASSWORD))
    for name in DATABASES:
        passwords = Passwords(
            owner=_secret(root, f"database-{name}-owner"),
            run=_secret(root, f"database-{name}"),
            verify=_secret(root, "database-verify"),
        )
        made = await create_service_database(admin, name, passwords)
        await migrate(name, made.owner_dsn)
        _write(root / name / f"{name}_database_url", made.run_dsn)
        if name in SERVICES:
            _write(root / name / f"{name}_broker_url", broker)
        print(f"{name}: its database is at this version", flush=True)


def with_password(url: str, password: str) -> str:
    """The address with its user's password. Raises SystemExit where one is in it already, or no user is."""
    parts = urlsplit(url)
    if parts.password is not None or not parts.username:
        raise SystemExit(f"an address for {parts.hostname} names a user and no password: that one is a file")
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _secret(root: Path, name: str) -> str:
    file = root / PREPARE / name
    if not file.is_file():
        raise SystemExit(f"{file} is missing: python -m deploy.servers secrets {root}")
    return file.read_text("utf-8").strip()


def _write(file: Path, value: str) -> None:
    """Whole or not at all, readable by its owner only from its first moment."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(value + "\n")
    draft.replace(file)


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.servers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("secrets", help="make every process's secrets")
    preparing = commands.add_parser("prepare", help="make databases, roles and tables, and every process's addresses")
    for command in (making, preparing):
        command.add_argument("folder", type=Path)
    preparing.add_argument("--postgres", required=True, help="postgresql://SUPERUSER@HOST:PORT/postgres")
    preparing.add_argument("--rabbitmq", required=True, help="amqp://USER@HOST:PORT/VIRTUAL-HOST")
    given = parser.parse_args()
    if given.command == "secrets":
        make_secrets(given.folder)
    else:
        asyncio.run(prepare(given.folder, given.postgres, given.rabbitmq))


if __name__ == "__main__":
    main()
