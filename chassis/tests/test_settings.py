"""Settings: variables first, files of the secrets' folder for what must not be a variable, nothing misspelt."""

from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from chassis import settings
from chassis.settings import ServiceSettings


class SampleSettings(ServiceSettings):
    """A service's settings."""

    model_config = SettingsConfigDict(env_prefix="SAMPLE_", extra="forbid", frozen=True)


def test_an_address_with_a_password_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample_database_url").write_text("postgresql://sample:secret@db/sample\n")
    (tmp_path / "sample-columns").write_text("not a setting\n")
    monkeypatch.setenv("SAMPLE_SECRETS_DIR", str(tmp_path))
    read = settings.read(SampleSettings)
    assert read.database_url == "postgresql://sample:secret@db/sample"
    assert read.secret("sample-columns") == "not a setting"


def test_a_variable_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample_broker_url").write_text("amqp://file/\n")
    monkeypatch.setenv("SAMPLE_SECRETS_DIR", str(tmp_path))
    assert settings.read(SampleSettings).broker_url == "amqp://file/"
    monkeypatch.setenv("SAMPLE_BROKER_URL", "amqp://variable/")
    assert settings.read(SampleSettings).broker_url == "amqp://variable/"


def test_a_folder_that_is_not_there_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_SECRETS_DIR", str(tmp_path / "not-there"))
    assert settings.read(SampleSettings).broker_url == "memory://"


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_DATABSE_URL", "postgresql://db/sample")
    with pytest.raises(SystemExit, match="SAMPLE_DATABSE_URL"):
        settings.read(SampleSettings)
