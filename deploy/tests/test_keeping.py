"""What a small office keeps comes back: databases, secrets and rows, into an empty folder, checked by the invariants."""

import stat
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded import keeping
from deploy.embedded.folder import AlreadyRunning, RunFolder


async def _ask(folder: Path, sql: str) -> object:
    with keeping.opened(folder) as (run, cluster):
        connection = await asyncpg.connect(keeping.databases_of(run, cluster)["support"].run_dsn)
        try:
            await connection.execute("select set_config('app.standing', 'system', false)")
            return await connection.fetchval(sql)
        finally:
            await connection.close()


async def test_a_backup_is_restored_whole_into_an_empty_folder_and_nowhere_else(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    await keeping.bring_forward(here, None)
    await _ask(
        here,
        "insert into relations (id, relation, subject, object, starts_at, source)"
        " values (gen_random_uuid(), 'officer', 'S-1', 'riyadh-main', now(), 'local') returning 1",
    )
    kept = keeping.back_up(here, tmp_path / "kept.tar.gz")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert await keeping.restore(there, kept) == []
    assert await _ask(there, "select subject from relations") == "S-1"
    assert (there / "secrets" / "database-support").read_text() == (here / "secrets" / "database-support").read_text()
    with pytest.raises(keeping.CannotKeep, match="holds data"):
        await keeping.restore(there, kept)
    assert await keeping.verify(there) == []
    keeping.reset(there)
    with pytest.raises(keeping.CannotKeep, match="no data"):
        await keeping.verify(there)


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    first = RunFolder(tmp_path)
    first.lock()
    with pytest.raises(AlreadyRunning, match="already running here as process"):
        RunFolder(tmp_path).lock()


def test_ports_stay_the_same_at_every_start(tmp_path: Path) -> None:
    names = ["identity", "passport"]
    assert RunFolder(tmp_path).ports(names) == RunFolder(tmp_path).ports(names)


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert run.secret("key") == run.secret("key")
    assert stat.S_IMODE((run.secrets / "key").stat().st_mode) == 0o600
