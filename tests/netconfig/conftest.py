"""Fixtures of netconfig's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory import Estate
from tests.estates import estate_of

SMALL = Path(__file__).parents[2] / "examples" / "estate-small"


@pytest.fixture(scope="session")
def shipped() -> Estate:
    """The shipped estate."""
    return estate_of()


@pytest.fixture(scope="session", params=["shipped", "small"])
def estate(request: pytest.FixtureRequest) -> Estate:
    """Each estate in turn: a rule must hold for both."""
    return estate_of(SMALL if request.param == "small" else None)
