"""What long tests share: figures said where the one who waits sees them, and a `mini` that serves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from inventory import load_estate
from tests.twin.conftest import Steps
from twin import bringup
from twin.lab import Lab, clear_leftovers
from twin.lock import hold
from twin.places import Places


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Write a line of figures into the run's log, although output is captured."""
    plugins = request.config.pluginmanager
    reporter, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")

    def write(text: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{text}")

    return write


@pytest.fixture(scope="module")
def mini() -> Iterator[Lab]:
    """The `mini` slice, from its snapshot where there is one, cleared at the end."""
    if os.geteuid() != 0:
        pytest.skip("a twin needs root, and this run is not root's")
    places = Places.default()
    with hold(places, "make full"):
        bringup.ensure_free(places)
        yield bringup.bring_up(load_estate(), "mini", places, Steps())
        clear_leftovers(places)
