"""A plan: steps in order, each with its devices' whole texts before and after, so that it can be pushed and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from inventory import Estate
from netconfig.canonical import Path, context_order, read_config
from netconfig.differ import delta, look
from netconfig.model.findings import Violation

__all__ = ["DeviceChange", "Plan", "Refusal", "Step", "running_after"]


@dataclass(frozen=True)
class DeviceChange:
    """A device's whole text before a step and after it; None = it is not there. `is_ours` = we push it, not its network."""

    device: str
    is_ours: bool
    before: str | None
    after: str | None

    @cached_property
    def add(self) -> tuple[str, ...]:
        """The lines that come, each with the contexts it stands in."""
        return _lines(self.after, self.before)

    @cached_property
    def remove(self) -> tuple[str, ...]:
        """The lines that go."""
        return _lines(self.before, self.after)

    @property
    def commands(self) -> tuple[str, ...]:
        """What is typed."""
        return delta(read_config(self.before or ""), read_config(self.after or ""))

    @property
    def way_back(self) -> tuple[str, ...]:
        """What is typed to take it back."""
        return delta(read_config(self.after or ""), read_config(self.before or ""))

    @property
    def difference(self) -> str:
        """What the device will look like."""
        return look(read_config(self.before or ""), read_config(self.after or ""))


@dataclass(frozen=True)
class Step:
    """Devices that are changed at the same time, in the order in which they are reached; its state has been judged.

    `requires` are the sessions that must be up when it begins, whatever was true when it was planned: the other lines of
    every site that loses or gains one. Way back: the same devices in reverse order get their texts of before.
    """

    number: int
    move: str
    kind: str
    title: str
    wave: tuple[int, int]
    colour: str
    sites: tuple[str, ...]
    devices: tuple[DeviceChange, ...]
    requires: tuple[str, ...]
    silences: tuple[Violation, ...]
    """Questions that nobody answers while it happens."""
    estate: Estate | None = field(default=None, compare=False, repr=False)
    """What its devices belong to once it is done: whom they shall have as neighbours."""

    def texts(self, *, with_networks: bool = False) -> dict[str, str]:
        """What devices are pushed, in order: ours, or in a twin the networks' too."""
        return {
            one.device: one.after
            for one in self.devices
            if one.after is not None and (one.is_ours or with_networks)
        }

    def texts_back(self, *, with_networks: bool = False) -> dict[str, str]:
        """What devices are pushed to take the step back, in order."""
        return {
            one.device: one.before
            for one in reversed(self.devices)
            if one.before is not None and (one.is_ours or with_networks)
        }


@dataclass(frozen=True)
class Refusal:
    """Why a plan ends before the target: the change that can be made nowhere, and what would break."""

    title: str
    violations: tuple[Violation, ...]


@dataclass
class Plan:
    """Steps from one estate to another; with a refusal they do not reach it."""

    source: str
    target: str
    steps: list[Step] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    """What was moved to another place because the first order would have broken something."""
    known: int = 0
    """Questions (source, destination) that the first estate answers wrongly after some failure: no fault of the plan."""
    states: int = 0
    failures_tried: int = 0
    seconds: float = 0.0

    @property
    def silences(self) -> int:
        """How many questions are unanswered in some step, in all."""
        return sum(len(step.silences) for step in self.steps)

    @property
    def is_fine(self) -> bool:
        """Whether it reaches the target and nobody is ever without an answer."""
        return not self.refusals and not self.silences


def running_after(start: Mapping[str, str], steps: list[Step]) -> dict[str, str]:
    """What devices run after some steps."""
    texts = dict(start)
    for step in steps:
        for one in step.devices:
            if one.after is None:
                texts.pop(one.device, None)
            else:
                texts[one.device] = one.after
    return texts


def _lines(these: str | None, others: str | None) -> tuple[str, ...]:
    found: frozenset[Path] = read_config(these or "") - read_config(others or "")
    return tuple(" / ".join(path) for path in sorted(found, key=context_order))
