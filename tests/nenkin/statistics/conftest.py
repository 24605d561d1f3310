"""People in a records database, exported once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.dr_acting.postgres import Server, server
from tests.nenkin.application import command
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

    def again(self, out: Path, *more: str, month: str = MONTH, key: Path | None = None) -> Any:
        """Another export."""
        return command(
            self.server, "statistics", "export", "--out", str(out), "--month", month,
            "--key", str(key or self.key), "--part", "300", *more,
        )  # fmt: skip


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
    """An export in parts of 300 serials."""
    folder = tmp_path_factory.mktemp("statistics")
    key = folder / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    key.chmod(0o600)
    made = Exported(peopled, folder / "data", key, {})
    done, report = made.again(made.data)
    assert done.returncode == 0, done.stderr + done.stdout
    return Exported(peopled, made.data, key, report)
