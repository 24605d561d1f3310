"""A migrated payments database for each test, copied from one that is made once a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from nenkin.payments.connection import Connection
from tests.nenkin.payments.world import JUNE, account, award, branches, run


@pytest.fixture(scope="module")
def schema() -> str:
    """Databases of this folder's tests hold the payments."""
    return "payments"


@pytest.fixture
def june(database: str, connection: Connection, tmp_path: Path) -> Connection:
    """June is paid to two: 693,083 yen a year, 115,513 each."""
    branches(connection, tmp_path)
    award(connection, tmp_path, 1, 2)
    for n in (1, 2):
        account(connection, tmp_path, n)
    run(database, tmp_path / "june", JUNE)
    return connection
