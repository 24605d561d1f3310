"""A database for nights, new for each test, and a batch host on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from monitors.dispatch.engine import migrate_engine
from monitors.dispatch.schema import migrate
from tests.dr_acting.postgres import USER, Server, server
from tests.monitors.dispatch.batch_site import Site, site

_NUMBERS = count(1)
SETTINGS = ("listen_addresses=127.0.0.1", "max_connections=200")


def dsn_of(running: Server, database: str = "postgres") -> str:
    return f"host=127.0.0.1 port={running.port} user={USER} dbname={database}"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """A server whose template has the schemas."""
    with server() as made:
        made.start(*SETTINGS)
        made.ask("CREATE DATABASE night_template")
        prepare(dsn_of(made, "night_template"))
        yield made


def prepare(dsn: str) -> None:
    """The schemas, and the table into which the tests' programs write."""
    migrate(dsn)
    migrate_engine(dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE effects (job text NOT NULL, value bigint NOT NULL)")


def in_database(running: Server, database: str) -> Callable[[str], str]:
    """Asks one of its databases; the rows as text."""

    def ask(query: str) -> str:
        with psycopg.connect(dsn_of(running, database), autocommit=True) as connection:
            return "\n".join(str(row[0]) for row in connection.execute(query.encode()).fetchall())

    return ask


@pytest.fixture
def database(postgres: Server) -> str:
    """The name of a new database with the schemas."""
    name = f"night_{next(_NUMBERS)}"
    postgres.ask(f"CREATE DATABASE {name} TEMPLATE night_template")
    return name


@pytest.fixture
def dsn(postgres: Server, database: str) -> str:
    """How to reach it."""
    return dsn_of(postgres, database)


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection to it."""
    with psycopg.connect(dsn, autocommit=True) as made:
        yield made


@pytest.fixture
def host(dsn: str, tmp_path: Path) -> Iterator[Site]:
    """A batch host with a dispatcher and three workers, not started."""
    with site(tmp_path / "host", dsn, tmp_path / "outputs", "batch1", workers=3) as made:
        yield made
