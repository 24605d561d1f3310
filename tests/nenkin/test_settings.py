"""Settings come from the environment and the env file, and wrong ones are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nenkin.__main__ import main
from nenkin.connection import connection_string
from nenkin.settings import InvalidSettings, load_settings

NOWHERE = Path("nowhere.env")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "nenkin.env"
    file.write_text(
        '# comment\n\nNENKIN_DSN_RECORDS="host=a password=b=c"\nNENKIN_PORT=8001\nNENKIN_OFFICE=4101\n'
    )
    settings = load_settings({"NENKIN_PORT": "8002"}, file)
    assert (settings.port, settings.office) == (8002, "4101")
    assert settings.dsn("records") == "host=a password=b=c"
    assert "password" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"NENKIN_PORT": "0"}, "NENKIN_PORT: '0' is not a whole number from 1 to 65535"),
        ({"NENKIN_POOL_SIZE": "40"}, "NENKIN_POOL_SIZE: '40' is not a whole number from 1 to 39"),
        ({"NENKIN_OFFICE": "9901"}, "NENKIN_OFFICE: '9901' is not an office code"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSettings, match=message):
        load_settings(values, NOWHERE)


def test_a_line_that_is_no_setting_is_named_by_its_place_only(tmp_path: Path) -> None:
    file = tmp_path / "nenkin.env"
    file.write_text("NENKIN_PORT=8000\ngeheim\n")
    with pytest.raises(InvalidSettings, match=r"nenkin\.env:2: not KEY=VALUE") as caught:
        load_settings({}, file)
    assert "geheim" not in str(caught.value)


def test_a_missing_database_is_named() -> None:
    with pytest.raises(InvalidSettings, match="NENKIN_DSN_RECORDS is not set"):
        load_settings({}, NOWHERE).dsn("records")


@pytest.mark.parametrize("argv", [["serve"], ["migrate"], ["migrate", "taxes"]])
def test_a_wrong_call_ends_with_2(
    argv: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NENKIN_DSN_RECORDS", raising=False)
    assert main(["--env-file", str(NOWHERE), *argv]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_jobs_are_declared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "--json"]) == 0
    jobs = {job["name"]: job for job in json.loads(capsys.readouterr().out)["jobs"]}
    assert jobs["match"]["database"] == jobs["promote"]["database"] == "numbers"
    assert jobs["pay run"]["database"] == "payments"
    assert all(job["cores"] >= 1 and job["memory_mb"] > 0 for job in jobs.values())


def test_durability_is_not_for_the_dsn_to_weaken() -> None:
    given = "host=h connect_timeout=5 options='-c synchronous_commit=off'"
    made = connection_string(given)
    assert "connect_timeout=5" in made
    assert made.index("synchronous_commit=off") < made.index("synchronous_commit=on")
    assert "tcp_user_timeout=2000" in made
    assert "target_session_attrs=read-write" in made
