"""What a rollout is given and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from inventory import Estate
from netconfig.canonical import Path, canonical_text, read_config
from netconfig.expectations import Probe
from netconfig.guard import Guard
from netconfig.push import PushResult
from netconfig.terminal import OpenTerminal
from netconfig.waves import Wave

__all__ = ["Confirmed", "Kit", "Pushed", "Texts", "WaveResult", "canonical", "told"]

Render = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Texts:
    """What devices should run, rendered when it is asked for: whole, drained, and of day 0."""

    plain: Render
    drained: Render
    staged: Render

    def wanted(self, host: str, running: Collection[Path]) -> str:
        """The whole text; of a device that is drained the drained one: leading back is a step of its own."""
        plain = self.plain(host)
        config = read_config(plain)
        if config == running:
            return plain
        drained = self.drained(host)
        drain = read_config(drained) - config
        return drained if drain and drain <= set(running) else plain


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A device that runs a text from now on, and by what; `how` empty = it was found so."""

    device: str
    text: str
    how: str


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything that a rollout is given."""

    estate: Estate
    within: Sequence[str]
    texts: Texts
    opener: OpenTerminal
    guard: Guard
    probe: Probe
    keep: Callable[[Sequence[Confirmed]], None] = lambda _: None
    says: Callable[[str], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    soak_s: float | None = None
    """Other than the estate's."""
    is_careful: bool = True
    """Whether devices wait whose site has a line down."""
    deadline_s: float = 30.0
    """How long a device may take until its checks hold."""


@dataclass(frozen=True, slots=True)
class WaveResult:
    """A wave, and what came of it: `planned`, `done`, `rolled back`, `refused` (before it began) or `not begun`."""

    number: int
    stage: str
    network: str | None
    devices: tuple[str, ...]
    state: str
    sentences: tuple[str, ...] = ()
    """Why it is not done, what the model foresees of it, and who was left out."""
    seconds: float = 0.0
    soak_s: float = 0.0
    """For how long it was watched; part of `seconds`."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of every device, and of every wave."""

    devices: tuple[PushResult, ...]
    waves: tuple[WaveResult, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """A sentence for each device that does not run what it should."""
        return tuple(f"{each.device}: {each.error}" for each in self.devices if not each.is_ok)


def canonical(text: str) -> str:
    """A text in the one form in which texts are compared and kept."""
    return canonical_text(read_config(text))


def told(wave: Wave, state: str, sentences: Sequence[str] = ()) -> WaveResult:
    """What came of a wave."""
    return WaveResult(wave.number, wave.stage, wave.network, wave.devices, state, tuple(sentences))
