"""A server with the numbers' schema and a service on it, for all tests of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from nenkin.migrate import migrate
from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application, application
from tests.nenkin.numbers.office import where


@pytest.fixture(scope="module")
def numbers(empty: Server) -> Server:
    """A server whose own database holds the numbers, and one beside it the records."""
    empty.ask("CREATE DATABASE records")
    for name, place in where(empty).items():
        asyncio.run(migrate(name.removeprefix("NENKIN_DSN_").lower(), place))
    return empty


@pytest.fixture(scope="module")
def service(numbers: Server) -> Iterator[Application]:
    """The service on that server."""
    with application(numbers, **where(numbers)) as made:
        yield made
