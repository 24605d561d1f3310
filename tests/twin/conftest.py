"""A converged `mini` slice for a file of tests: one twin, booted once, cleared at the end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from inventory import load_estate
from tests.twin.bare import Bare, path_in
from twin import bringup, snapshot
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
def kept_bare(places: Places) -> Bare | None:
    """What bare hosts gave in an earlier run with the same sources; None = none is at hand."""
    estate = load_estate()
    found = snapshot.find(estate, "mini", places, bringup.secrets_of(estate, places))
    return Bare.read(found) if found is not None and path_in(found).exists() else None


@pytest.fixture(scope="module")
def unchanged() -> list[str]:
    """The slices that a second provisioning in this run left as they were."""
    return []


@pytest.fixture(scope="module")
def mini(places: Places, kept_bare: Bare | None) -> Lab:
    """The `mini` slice, converged and serving: from bare hosts, unless these very sources were tested from there."""
    return bringup.bring_up(
        load_estate(),
        "mini",
        places,
        Steps(),
        from_snapshot=kept_bare is not None,
        acting=ACTING,
    )
