"""What every folder of tests shares: `--regenerate` rewrites expected data for review by diff."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`python -m pytest tests/FOLDER --regenerate`."""
    parser.addoption("--regenerate", action="store_true", help="rewrite expected data")


@pytest.fixture(scope="session")
def is_regenerating(request: pytest.FixtureRequest) -> bool:
    """Whether expected data are to be written instead of compared."""
    return bool(request.config.getoption("--regenerate", default=False))
