"""Estates that the night's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory import Estate
from tests.estates import estate_of

SMALL = Path(__file__).parents[3] / "examples" / "estate-small"


@pytest.fixture(scope="session")
def shipped() -> Estate:
    """The shipped estate."""
    return estate_of()


@pytest.fixture(scope="session")
def small() -> Estate:
    """The example estate of another organisation."""
    return estate_of(SMALL)
