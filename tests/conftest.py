"""What every folder of tests shares: `--regenerate` rewrites expected data for review by diff."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says what else the machine does.
settings.register_profile("hikae", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hikae")

_TWIN = frozenset({"twin", "e2e", "full"})
"""Folders of the tests that boot a twin of their own, with the machine's lock in their hands."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`python -m pytest tests/FOLDER --regenerate`."""
    parser.addoption("--regenerate", action="store_true", help="rewrite expected data")


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among what stays: a tenth of the run's processor went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def is_regenerating(request: pytest.FixtureRequest) -> bool:
    """Whether expected data are to be written instead of compared."""
    return bool(request.config.getoption("--regenerate", default=False))


@pytest.fixture(autouse=True)
def _machine_left_alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """No other test finds the hosts of a twin that is up on this machine, so none can clear it."""
    # A patch of its own: a test may undo what it patched itself.
    with pytest.MonkeyPatch.context() as patch:
        if request.path.relative_to(Path(__file__).parent).parts[0] not in _TWIN:
            patch.setattr("twin.cgroups.Cgroups.hosts", lambda _: ())
            patch.setattr("twin.cgroups.Cgroups.remove", lambda _: None)
            patch.setattr("twin.lab.remove_namespaces", lambda: None)
        yield
