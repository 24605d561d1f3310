"""A slice that serves, for a file of long tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from inventory import load_estate
from tests.twin.conftest import Steps
from twin import bringup
from twin.lab import Lab, clear_leftovers
from twin.lock import hold
from twin.places import Places

__all__ = ["booted"]


@contextmanager
def booted(slice_name: str) -> Iterator[Lab]:
    """A slice of the shipped estate, from its snapshot where there is one, cleared at the end."""
    if os.geteuid() != 0:
        pytest.skip("a twin needs root, and this run is not root's")
    places = Places.default()
    with hold(places, "make full"):
        bringup.ensure_free(places)
        yield bringup.bring_up(load_estate(), slice_name, places, Steps())
        clear_leftovers(places)
