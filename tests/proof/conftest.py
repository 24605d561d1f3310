"""Fixtures of the chain's tests: a real folder, a clock that a test sets, keys from the example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from proof import Chain, Report, create_chain, read_chain, verify
from tests.proof.example import TRUST, key, moment


@dataclass
class Clock:
    """A clock that goes on by a second whenever it is read."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(moment(0))


@pytest.fixture
def chain(tmp_path: Path, clock: Callable[[], datetime]) -> Chain:
    """A chain that has just begun."""
    return create_chain(tmp_path / "chain", "lighthouse", key("operator"), TRUST, clock=clock)


def judged(chain: Chain, kept: bytes | None = None) -> Report:
    """Verify a chain as its files stand."""
    files = read_chain(chain.folder)
    return verify(files.lines, files.head, chain.trust, expected_head=kept, asides=files.asides)
