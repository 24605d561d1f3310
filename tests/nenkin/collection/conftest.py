"""What a test of the collection enters by hand, in a records database of its own."""

from __future__ import annotations

import pytest

from nenkin.payments.connection import Connection
from tests.nenkin.collection.office import Office


@pytest.fixture
def office(database: str, connection: Connection) -> Office:
    """What a test enters by hand."""
    return Office(database, connection)
