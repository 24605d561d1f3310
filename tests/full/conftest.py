"""What long tests share: figures said where the one who waits sees them, and a `mini` that serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.full.booted import booted
from twin.lab import Lab


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
    """The `mini` slice that serves."""
    with booted("mini") as lab:
        yield lab
