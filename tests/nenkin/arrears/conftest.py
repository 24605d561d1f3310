"""A migrated records database for each test, copied from one that is made once a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from nenkin.migrate import migrate
from nenkin.payments.connection import Connection, open_connection
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn
from tests.nenkin.collection.office import Office

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def template(empty: Server) -> Server:
    """A server whose database `template_records` has the schema."""
    empty.ask("CREATE DATABASE template_records")
    asyncio.run(migrate("records", dsn(empty, "template_records")))
    return empty


@pytest.fixture
def database(template: Server) -> str:
    """The connection string of a new records database."""
    name = f"records_{next(_NUMBERS)}"
    template.ask(f"CREATE DATABASE {name} TEMPLATE template_records")
    return dsn(template, name)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """A connection to it."""
    with open_connection(database) as made:
        yield made


@pytest.fixture
def office(database: str, connection: Connection) -> Office:
    """What a test enters by hand."""
    return Office(database, connection)
