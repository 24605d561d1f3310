"""`python -m nenkin bench` where nobody named a server: it begins one of its own, measures, and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nenkin.bench import PARTS
from nenkin.own_server import binaries, own_server
from nenkin.settings import InvalidSettings

_DEADLINE_S = 60.0


def _has_server() -> bool:
    try:
        return bool(binaries())
    except InvalidSettings:
        return False


pytestmark = pytest.mark.skipif(not _has_server(), reason="no PostgreSQL is installed here")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for servers, with a path that is short enough for a socket; at the end nothing is in it."""
    made = Path("/tmp") / f"nenkin-test-{os.getpid()}"
    made.mkdir(mode=0o755)
    yield made
    made.rmdir()


@pytest.fixture
def environment(place: Path) -> dict[str, str]:
    """Nothing that names a database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NENKIN_")}
    return kept | {"TMPDIR": str(place)}


def _argv(*words: str) -> list[str]:
    return [sys.executable, "-m", "nenkin", "--env-file", os.devnull, "bench", *words, "--json"]


def test_a_part_is_measured(environment: dict[str, str]) -> None:
    argv = _argv("--rows", "500", "--only", "people")
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert set(report["summary"]) == {"people"}
    assert report["parts"]["people"]["persons"] == 500
    assert "error" not in report["parts"]["people"]


@pytest.mark.long
def test_the_whole_is_measured(environment: dict[str, str]) -> None:
    argv = _argv("--rows", "1000")
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert set(report["summary"]) == set(PARTS)
    assert [name for name, part in report["parts"].items() if "error" in part] == []
    assert report["parts"]["reads"]["persons"] == 1000


def _group(number: int) -> list[str]:
    """The processes of a group that have not ended, each with its number and name."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, _, group = rest.split()[:3]
        if int(group) == number and state != "Z":
            found.append(name)
    return found


def test_a_part_ends_with_the_whole(place: Path, environment: dict[str, str]) -> None:
    argv = _argv("--rows", "100000", "--only", "people")
    with subprocess.Popen(
        argv,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        ends = time.monotonic() + _DEADLINE_S
        while not any(place.glob("*/files/nenkin-people-*/*")):
            assert time.monotonic() < ends, "it wrote no files"
            assert process.poll() is None
            time.sleep(0.05)
        assert len(_group(process.pid)) > 2
        process.terminate()
    assert process.returncode == 128 + signal.SIGTERM
    ends = time.monotonic() + _DEADLINE_S
    while left := _group(process.pid):
        assert time.monotonic() < ends, f"{left} outlived it"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_goes_with_its_process(
    place: Path, environment: dict[str, str], number: int
) -> None:
    program = (
        "import time\nfrom nenkin.own_server import own_server\n"
        "with own_server() as (dsn, _):\n    print(dsn, flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert str(place) in process.stdout.readline()
        [folder] = place.iterdir()
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        process.send_signal(number)
    ends = time.monotonic() + _DEADLINE_S
    while Path("/proc", str(server)).exists():
        assert time.monotonic() < ends, "the server outlived its process"
        time.sleep(0.05)
    if number == signal.SIGKILL:
        # What nobody could delete goes with the next one.
        assert folder.exists()
        argv = [sys.executable, "-c", program.replace("time.sleep(600)", "pass")]
        subprocess.run(argv, env=environment, check=True, capture_output=True)
    assert not folder.exists()


@pytest.mark.parametrize("language", [None, "xx_XX.UTF-8"])
def test_the_language_of_who_calls_does_not_matter(
    place: Path, monkeypatch: pytest.MonkeyPatch, language: str | None
) -> None:
    for name in [name for name in os.environ if name == "LANG" or name.startswith("LC_")]:
        monkeypatch.delenv(name)
    if language is not None:
        monkeypatch.setenv("LANG", language)
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with own_server() as (dsn, _), psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT current_setting('server_encoding'), datcollate, '年金' FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert row == ("UTF8", "C.UTF-8", "年金")


def test_what_cannot_be_begun_is_said(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr("nenkin.own_server._SETTINGS", {"shared_buffers": "a lot"})
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with (
        pytest.raises(
            InvalidSettings, match=r"did not start: .*shared_buffers.*apt install postgresql"
        ),
        own_server(),
    ):
        pass
