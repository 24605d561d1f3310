"""A simulated fleet for verbs of `hikae net`: reached without a bastion, its acts recorded in a folder of the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest

from cli.running import Reached
from inventory import Estate
from tests.dr_acting.patched import Patched
from twin.places import Places

__all__ = ["Fleetlike", "stand_in"]


@dataclass
class Fleetlike:
    """As much of a fleet and of a conductor as verbs ask for."""

    estate: Estate
    names: tuple[str, ...]
    places: Places
    world: Patched | None = None
    slice_name: str = "core"
    person: str = "tanaka"
    change: str = "CHG-4711"
    is_here: bool = False

    def role(self, host: str) -> str:
        return self.estate.hosts[host].role

    @contextmanager
    def at_bastion(self) -> Iterator[Patched | None]:
        yield self.world


def stand_in(fleet: Fleetlike, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a module of the command line reach this fleet, and hold nothing."""
    anything: Any = fleet
    monkeypatch.setattr(f"{module}.reach", lambda *_: Reached(anything, anything))
    monkeypatch.setattr(f"{module}.hold", lambda *_: nullcontext())
    monkeypatch.setenv("HIKAE_HOME", str(fleet.places.home))
