"""The command line outside development: no seeds, one first administrator, keys that rotate."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

SECRETS = ("identity-columns", "identity-index", "sms-password", "ops-cookies")


def ran(command: str, database, secrets_dir: Path) -> subprocess.CompletedProcess[str]:
    ours = {
        "IDENTITY_ENVIRONMENT": "production",
        "IDENTITY_DATABASE_URL": database.run_dsn,
        "IDENTITY_PUBLIC_URL": "https://example.org",
        "IDENTITY_SECRETS_DIR": str(secrets_dir),
    }
    return subprocess.run(
        [sys.executable, "-m", "identity", command], env={**os.environ, **ours}, capture_output=True, text=True
    )


async def test_outside_development_there_is_one_first_administrator_and_no_seed(databases, tmp_path):
    database = await databases("identity")
    missing = ran("first-administrator", database, tmp_path)
    assert missing.returncode != 0
    assert "identity-columns" in missing.stderr
    for name in SECRETS:
        (tmp_path / name).write_text(f"a secret of its own for {name}")
    first = ran("first-administrator", database, tmp_path)
    assert first.returncode == 0, first.stderr
    assert re.search(
        r"staff number: S-\d{6}\nlink \(good once\): https://example.org/activation/[\w-]{40,}", first.stdout
    )
    again = ran("first-administrator", database, tmp_path)
    assert again.returncode != 0
    assert "invited already" in again.stderr
    seeds = ran("seed", database, tmp_path)
    assert seeds.returncode != 0
    assert "no seeds outside development" in seeds.stderr


async def test_keys_are_made_once_readable_by_their_owner_and_rotate(databases, tmp_path):
    database = await databases("identity")
    for _ in range(2):
        assert ran("rotate-keys", database, tmp_path).returncode == 0
    file = tmp_path / "identity-signing-keys.json"
    assert file.stat().st_mode & 0o777 == 0o600
    kept = json.loads(file.read_text())
    assert set(kept) == {"current", "next", "retired"}
    assert len({key["kid"] for key in (kept["current"], kept["next"], *kept["retired"])}) == 4
    assert not any("d" in key for key in kept["retired"])
    assert list(tmp_path.iterdir()) == [file]
