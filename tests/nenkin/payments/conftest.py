"""A migrated payments database for each test, copied from one that is made once a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from nenkin.migrate import migrate
from nenkin.payments.connection import Connection, open_connection
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn
from tests.nenkin.payments.world import JUNE, account, award, branches, run

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def template(empty: Server) -> Server:
    """A server whose database `template_payments` has the schema."""
    empty.ask("CREATE DATABASE template_payments")
    asyncio.run(migrate("payments", dsn(empty, "template_payments")))
    return empty


@pytest.fixture
def database(template: Server) -> str:
    """The connection string of a new payments database."""
    name = f"payments_{next(_NUMBERS)}"
    template.ask(f"CREATE DATABASE {name} TEMPLATE template_payments")
    return dsn(template, name)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """A connection to it."""
    with open_connection(database) as made:
        yield made


@pytest.fixture
def june(database: str, connection: Connection, tmp_path: Path) -> Connection:
    """June is paid to two: 693,083 yen a year, 115,513 each."""
    branches(connection, tmp_path)
    award(connection, tmp_path, 1, 2)
    for n in (1, 2):
        account(connection, tmp_path, n)
    run(database, tmp_path / "june", JUNE)
    return connection
