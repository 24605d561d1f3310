"""People in a records database, exported once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nenkin import __main__ as program
from nenkin.settings import Settings
from nenkin.statistics.command import run_command
from tests.dr_acting.postgres import Server, server
from tests.nenkin.application import command, dsn
from tests.nenkin.conftest import SETTINGS

COUNT, SEED, MONTH = 2000, 5, "2020-06"
OTHERS = "0103"


@dataclass(frozen=True, slots=True)
class Exported:
    """A server with people, the export of them and its report."""

    server: Server
    data: Path
    key: Path
    report: dict[str, Any]

    def again(
        self, out: Path, *more: str, month: str = MONTH, key: Path | None = None, payments: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Another export: its exit code and report."""
        argv = ["export", "--out", str(out), "--month", month, "--key", str(key or self.key)]
        dsns = {"records": dsn(self.server)} | ({"payments": payments} if payments else {})
        return statistics(Settings(dsns), *argv, "--part", "700", *more)


def statistics(settings: Settings, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a verb of `statistics` in this process: exit code and report."""
    options = program._parser(program._families("statistics")).parse_args(
        ["statistics", *arguments]
    )
    report, code = run_command(options, settings)
    return code, report


@pytest.fixture(scope="session")
def peopled() -> Iterator[Server]:
    """A server with people, for all files: what tests add to them has numbers from OTHERS on."""
    with server() as made:
        made.start(*SETTINGS)
        assert command(made, "migrate")[0].returncode == 0
        argv = ("people", "make", "--count", str(COUNT), "--seed", str(SEED), "--load")
        done, _ = command(made, *argv, "--workers", "1")
        assert done.returncode == 0, done.stderr + done.stdout
        yield made


@pytest.fixture(scope="session")
def exported(peopled: Server, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """An export in parts of 700 serials."""
    folder = tmp_path_factory.mktemp("statistics")
    key = folder / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    key.chmod(0o600)
    made = Exported(peopled, folder / "data", key, {})
    code, report = made.again(made.data)
    assert code == 0, report
    return Exported(peopled, made.data, key, report)
