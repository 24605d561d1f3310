"""A converged `mini` slice for a file of tests: one twin, booted once, cleared at the end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from inventory import load_estate
from twin import bringup
from twin.lab import Lab, clear_leftovers
from twin.lock import hold
from twin.places import Places

# In whose name the slice is provisioned, which every host must have in its journal.
ACTING = {"person": "ito", "change": "CHG-4711"}


class Steps:
    """Progress for a test's log: what was done when."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.said: list[str] = []

    def phase(self, name: str) -> None:
        self.doing(f"== {name}")

    def doing(self, text: str) -> None:
        self.said.append(f"{time.monotonic() - self.began:7.1f} s {text}")


@pytest.fixture(scope="module")
def places() -> Iterator[Places]:
    if os.geteuid() != 0:
        pytest.skip("a twin needs root, and this run is not root's")
    held = Places.default()
    with hold(held, "make test"):
        bringup.ensure_free(held)
        yield held
        clear_leftovers(held)


@pytest.fixture(scope="module")
def mini(places: Places) -> Lab:
    """The `mini` slice, converged from bare hosts and serving."""
    return bringup.bring_up(
        load_estate(), "mini", places, Steps(), from_snapshot=False, acting=ACTING
    )
