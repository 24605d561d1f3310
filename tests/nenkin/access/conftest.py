"""A migrated server and a service on it, for all files of this folder: each uses persons of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dr_acting.postgres import Server, server
from tests.nenkin.application import Application, application, command
from tests.nenkin.conftest import SETTINGS


@pytest.fixture(scope="package")
def records() -> Iterator[Server]:
    """A server with the records schema."""
    with server() as made:
        made.start(*SETTINGS)
        done, _ = command(made, "migrate")
        assert done.returncode == 0, done.stderr + done.stdout
        yield made


@pytest.fixture(scope="package")
def service(records: Server) -> Iterator[Application]:
    """The service on that server."""
    with application(records) as made:
        yield made
