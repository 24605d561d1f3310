"""Fixtures of netconfig's tests; `--regenerate` rewrites the golden configurations for review by diff."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from inventory import Estate, load_estate

SMALL = Path(__file__).parents[2] / "examples" / "estate-small"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`python -m pytest tests/netconfig --regenerate`."""
    with suppress(ValueError):  # another folder's conftest may have added it already
        parser.addoption("--regenerate", action="store_true", help="rewrite expected data")


@pytest.fixture(scope="session")
def is_regenerating(request: pytest.FixtureRequest) -> bool:
    """Whether golden configurations are to be written instead of compared."""
    return bool(request.config.getoption("--regenerate", default=False))


@pytest.fixture(scope="session")
def shipped() -> Estate:
    """The shipped estate."""
    return load_estate()


@pytest.fixture(scope="session", params=["shipped", "small"])
def estate(request: pytest.FixtureRequest) -> Estate:
    """Each estate in turn: a rule must hold for both."""
    return load_estate(SMALL if request.param == "small" else None)
