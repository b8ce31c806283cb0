"""The command line outside development: no seeds, one first administrator, keys that rotate, clients."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey

from chassis.database import Database
from identity.commands import COMMANDS
from identity.settings import IdentitySettings

SECRETS = ("identity-columns", "identity-index", "sms-password", "ops-cookies", "registry-callback")


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


async def test_clients_are_added_and_ended_here_and_a_secret_is_told_once(databases, tmp_path, capsys):
    database = await databases("identity")
    read = IdentitySettings(
        environment="test", database_url=database.run_dsn, public_url="https://example.org", secrets_dir=tmp_path
    )
    named = ["clinic", "--name-ar", "العيادة", "--name-en", "Clinic", "--auth-method", "client_secret_basic"]
    code = [
        "--grant",
        "code",
        "--scope",
        "openid",
        "--redirect-uri",
        "https://clinic.example/in",
        "--sector",
        "clinic.example",
    ]
    await COMMANDS["add-client"](read, [*named, *code])
    told = json.loads(capsys.readouterr().out)
    assert (told["client_id"], told["token_endpoint_auth_method"]) == ("clinic", "client_secret_basic")
    assert len(told["client_secret"]) >= 40
    with pytest.raises(SystemExit, match="already"):
        await COMMANDS["add-client"](read, [*named, *code])
    with pytest.raises(SystemExit, match="nothing else does"):
        await COMMANDS["add-client"](read, ["other", *named[1:], "--grant", "code", "--scope", "openid"])

    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}))
    bank = ["bank", "--name-ar", "البنك", "--name-en", "Bank", "--channel", "bank", "--auth-method", "private_key_jwt"]
    await COMMANDS["add-client"](read, [*bank, "--grant", "client", "--scope", "batches", "--jwks", str(keys)])
    assert "client_secret" not in capsys.readouterr().out
    await COMMANDS["end-client"](read, ["bank"])
    with pytest.raises(SystemExit, match="no client bank"):
        await COMMANDS["end-client"](read, ["bank"])

    reader = Database(database.verify_dsn)
    try:
        async with reader.transaction() as session:
            rows = {row["id"]: row for row in (await session.scalars(sa.text("select to_jsonb(c) from clients c")))}
            acts = list(
                await session.execute(sa.text("select action, object, actor, channel from acts order by at, id"))
            )
    finally:
        await reader.close()
    assert told["client_secret"] not in str(rows)
    assert rows["clinic"]["asks_consent"] is True
    assert rows["bank"]["ended_at"] is not None
    assert [tuple(each) for each in acts] == [
        (action, client, "system", "command")
        for action, client in (("add_client", "clinic"), ("add_client", "bank"), ("end_client", "bank"))
    ]
