"""A migrated server and a service on it, for all tests of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from nenkin.migrate import migrate
from tests.dr_acting.postgres import Server, server
from tests.nenkin.application import Application, application, dsn

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
