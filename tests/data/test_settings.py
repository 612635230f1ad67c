"""Settings are understood, or refused in one sentence that says what was expected."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from data import settings
from data.settings import BadSetting, Settings


def test_without_any_variable_everything_has_a_safe_default():
    made = Settings.from_env({})
    assert made.opened_by is None and made.own_database and not made.insecure_cookies
    assert (made.port, made.session_hours) == (8050, 12)
    assert made.database_url == f"sqlite:///{Path('var').absolute() / 'gridward.db'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDWARD_DATABASE_URL", "mysql://user:secret@host/db"),
        ("GRIDWARD_DATABASE_URL", "nonsense"),
        ("GRIDWARD_PORT", "80500"),
        ("GRIDWARD_PORT", "http"),
        ("GRIDWARD_PORT", "８０５０"),
        ("GRIDWARD_TIME_ZONE", "Beijing"),
        ("GRIDWARD_TIME_ZONE", "../../etc/passwd"),
        ("GRIDWARD_SECRET_KEY", "short"),
        ("GRIDWARD_WORKERS", "-1"),
        ("GRIDWARD_INSECURE_COOKIES", "maybe"),
        ("GRIDWARD_SESSION_HOURS", "0"),
        ("GRIDWARD_HOSTS", "https://gridward.example.cn"),
        ("GRIDWARD_HOSTS", "gridward.example.cn:443"),
        ("GRIDWARD_HOSTS", "a.example.cn, *"),
        ("GRIDWARD_HOSTS", ".example.cn"),
        ("GRIDWARD_TILES_URL", "https://tiles.example/"),
        ("GRIDWARD_TILES_URL", "javascript:{z}{x}{y}"),
    ],
)
def test_a_bad_setting_is_refused_in_one_sentence_that_names_it(name: str, value: str):
    with pytest.raises(BadSetting) as bad:
        Settings.from_env({name: value})
    said = str(bad.value)
    assert said.startswith(name) and "expected" in said and "\n" not in said and "secret" not in said


def test_a_tile_service_needs_its_source_and_its_approval_number():
    env = {"GRIDWARD_TILES_URL": "https://t/{z}/{x}/{y}.png", "GRIDWARD_TILES_ATTRIBUTION": "来源"}
    with pytest.raises(BadSetting, match="GRIDWARD_TILES_APPROVAL"):
        Settings.from_env(env)
    assert Settings.from_env({**env, "GRIDWARD_TILES_APPROVAL": "GS(2024)1"}).tiles.approval == "GS(2024)1"


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path):
    made = Settings.from_env({"GRIDWARD_DATA": str(tmp_path / "new")})
    first = made.secret()
    assert len(first) == 64 and Settings.from_env({"GRIDWARD_DATA": str(tmp_path / "new")}).secret() == first
    assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600


def test_host_names_are_read_as_browsers_send_them():
    made = Settings.from_env({"GRIDWARD_HOSTS": "Grid.Example.CN, 10.1.2.3 ,[FD00::0:1],grid.中国"})
    assert made.hosts == ("grid.example.cn", "10.1.2.3", "fd00::1", "grid.xn--fiqs8s")
    assert {"localhost", "127.0.0.1", "::1", *made.hosts} == made.names
    assert "10.9.9.9" in Settings.from_env({"GRIDWARD_HOST": "10.9.9.9"}).names
    assert "0.0.0.0" not in Settings.from_env({"GRIDWARD_HOST": "0.0.0.0"}).names


@pytest.mark.parametrize(
    ("name", "value"), [("GRIDWARD_HOST", "0.0.0.0"), ("GRIDWARD_PROXIES", "1"), ("GRIDWARD_HOSTS", "a.cn")]
)
def test_whatever_lets_others_in_is_named(name: str, value: str):
    assert str(Settings.from_env({name: value}).opened_by).startswith(f"{name}: found")


def test_every_variable_is_in_the_one_table():
    read = set(re.findall(r'"(GRIDWARD_[A-Z_]+)"', Path(settings.__file__).read_text(encoding="utf-8")))
    table = (Path(settings.__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = " ".join(re.findall(r"^\| (`GRIDWARD.*?) \|", table, re.M))
    assert read == set(re.findall(r"`(.*?)`", rows))
