"""Keeping the data of a small office: back up, restore into an empty folder, reset, migrate, verify.

Each needs the platform to be stopped, so that six databases are kept as of one moment.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.clock import machine_now
from chassis.http.app import VERSION
from chassis.migrations import head_of, migrate
from deploy.embedded import invariants
from deploy.embedded.databases import Passwords, ServiceDatabase, create_service_database, described
from deploy.embedded.folder import RunFolder
from deploy.embedded.postgres import Cluster

DATABASES = ("identity", "passport", "residency", "delivery", "notify", "support", "partners")
MANIFEST = "manifest.json"


class CannotKeep(SystemExit):
    """The data cannot be kept or brought back; the message says what to do."""


@contextmanager
def opened(folder: Path) -> Iterator[tuple[RunFolder, Cluster]]:
    """The folder, locked, with its PostgreSQL started for as long as the block lasts."""
    run = RunFolder(folder)
    run.lock()
    cluster = Cluster(run.data / "postgresql", log_dir=run.log, password_file=run.secrets / "postgresql")
    cluster.start()
    try:
        yield run, cluster
    finally:
        cluster.stop()


def passwords_of(run: RunFolder, name: str) -> Passwords:
    """The secrets of a database's roles."""
    return Passwords(
        owner=run.secret(f"database-{name}-owner"),
        run=run.secret(f"database-{name}"),
        verify=run.secret("database-verify"),
    )


def databases_of(run: RunFolder, cluster: Cluster) -> dict[str, ServiceDatabase]:
    """Names and addresses of every database."""
    return {name: described(cluster.dsn(), name, passwords_of(run, name)) for name in DATABASES}


def back_up(folder: Path, file: Path | None) -> Path:
    """Every database, the secrets and keys, in one file that only its owner may read. Returns where it is."""
    made_at = machine_now()
    _refuse_empty(folder)
    target = file or folder.parent / f"jawaz-backup-{made_at:%Y%m%d-%H%M%S}.tar.gz"
    with opened(folder) as (run, cluster), tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch)
        for name in DATABASES:
            _postgres_program(cluster, "pg_dump", "--format=custom", f"--file={room / name}.dump", cluster.dsn(name))
        manifest = {
            "version": VERSION,
            "postgresql": cluster.build.major,
            "made_at": made_at.isoformat(),
            "migrations": {name: head_of(name) for name in DATABASES},
        }
        (room / MANIFEST).write_text(json.dumps(manifest, indent=1))
        target.touch(mode=0o600)
        with tarfile.open(target, "w:gz") as archive:
            for each in sorted(room.iterdir()):
                archive.add(each, each.name)
            archive.add(run.secrets, "secrets")
    return target


async def restore(folder: Path, file: Path) -> list[str]:
    """Bring a backup back into an empty folder and check the invariants; returns those that do not hold.

    Raises CannotKeep when there is data already, or the backup is of a newer version.
    """
    if (folder / "data" / "postgresql" / "PG_VERSION").exists():
        raise CannotKeep(f"{folder} holds data: keep it with `make backup`, then `make reset`, then restore")
    _refuse_missing(file)
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch)
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(room, filter="data")
        _refuse_newer(json.loads((room / MANIFEST).read_text()))
        secrets = folder / "secrets"
        shutil.rmtree(secrets, ignore_errors=True)
        shutil.copytree(room / "secrets", secrets)
        secrets.chmod(0o700)
        for each in secrets.iterdir():
            each.chmod(0o600)
        (secrets / "postgresql").unlink(missing_ok=True)  # the new cluster's own
        with opened(folder) as (run, cluster):
            for name in DATABASES:
                made = await create_service_database(cluster.dsn(), name, passwords_of(run, name))
                dump = str(room / f"{name}.dump")
                _postgres_program(cluster, "pg_restore", "--exit-on-error", f"--dbname={cluster.dsn(name)}", dump)
                await migrate(name, made.owner_dsn)
            return await invariants.broken(databases_of(run, cluster))


async def bring_forward(folder: Path, only: str | None) -> None:
    """Migrate every database of the folder, or one."""
    with opened(folder) as (run, cluster):
        for name in [only] if only else DATABASES:
            made = await create_service_database(cluster.dsn(), name, passwords_of(run, name))
            await migrate(name, made.owner_dsn)


async def verify(folder: Path) -> list[str]:
    """The invariants that do not hold for the data of the folder. Raises CannotKeep when there is none."""
    _refuse_empty(folder)
    with opened(folder) as (run, cluster):
        return await invariants.broken(databases_of(run, cluster))


def what_goes(folder: Path) -> list[str]:
    """What a reset removes, in words."""
    parts = [folder / "data", folder / "secrets", folder / "ports.json"]
    return [f"{part} ({_size(part)})" for part in parts if part.exists()]


def reset(folder: Path) -> None:
    """Remove data, secrets and ports. The caller has asked."""
    run = RunFolder(folder)
    run.lock()
    for part in (run.data, run.secrets):
        shutil.rmtree(part)
    (run.path / "ports.json").unlink(missing_ok=True)


def _postgres_program(cluster: Cluster, program: str, *words: str) -> None:
    done = subprocess.run([cluster.build.bin_dir / program, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotKeep(f"{program} failed: {done.stderr.strip()[-800:]}")


def _refuse_missing(file: Path) -> None:
    if not file.is_file():
        raise CannotKeep(f"there is no file {file}")


def _refuse_empty(folder: Path) -> None:
    if not (folder / "data" / "postgresql" / "PG_VERSION").exists():
        raise CannotKeep(f"{folder} holds no data yet: `make run` makes it")


def _refuse_newer(manifest: dict[str, object]) -> None:
    made_by = str(manifest["version"])
    if tuple(map(int, made_by.split("."))) > tuple(map(int, VERSION.split("."))):
        raise CannotKeep(f"the backup was made by version {made_by}: install that version to restore it")


def _size(part: Path) -> str:
    if part.is_file():
        return "1 file"
    files = [each for each in part.rglob("*") if each.is_file()]
    return f"{len(files)} files, {sum(each.stat().st_size for each in files) / 1e6:.0f} MB"
