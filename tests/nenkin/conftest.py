"""A migrated server and a service on it, for all tests of a file; and a migrated database for each test, copied from one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from nenkin.migrate import migrate
from nenkin.payments.connection import Connection, open_connection
from tests.dr_acting.postgres import Server, server
from tests.nenkin.application import Application, application, dsn

_NUMBERS = count(1)
SETTINGS = ("listen_addresses=127.0.0.1", "max_connections=200")


@pytest.fixture(scope="module")
def empty() -> Iterator[Server]:
    """A server without the schema."""
    with server() as made:
        made.start(*SETTINGS)
        yield made


@pytest.fixture(scope="module")
def records(empty: Server) -> Server:
    """A server with the records schema."""
    # In this process: a second less for each file than by the command, which test_migrate.py is about.
    asyncio.run(migrate("records", dsn(empty)))
    return empty


@pytest.fixture(scope="module")
def service(records: Server) -> Iterator[Application]:
    """The service on that server."""
    with application(records) as made:
        yield made


@pytest.fixture(scope="module")
def schema() -> str:
    """Which schema the databases of `template` hold; a folder may say another."""
    return "records"


@pytest.fixture(scope="module")
def template(empty: Server, schema: str) -> Server:
    """A server whose database `template_SCHEMA` has the schema."""
    empty.ask(f"CREATE DATABASE template_{schema}")
    asyncio.run(migrate(schema, dsn(empty, f"template_{schema}")))
    return empty


@pytest.fixture
def database(template: Server, schema: str) -> str:
    """The connection string of a new database with the schema."""
    name = f"{schema}_{next(_NUMBERS)}"
    template.ask(f"CREATE DATABASE {name} TEMPLATE template_{schema}")
    return dsn(template, name)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """A connection to it."""
    with open_connection(database) as made:
        yield made
