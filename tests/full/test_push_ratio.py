"""One line to forty booted routers: pushed in waves with every check, beside netmiko threads that only send it.

Both in one run and by the same logins, in turn; the time for which waves are watched is not counted. What the checks and the
model take of it is said.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import pytest

from netconfig import wave_push
from netconfig.forecast import Forecast, Step
from netconfig.kit import Kit, Pushed, Texts
from netconfig.push import WORKERS
from netconfig.rollout import roll_out
from netconfig.safeguard import Check
from netconfig.terminal import Terminal
from tests.full.booted import booted
from twin import bringup
from twin.lab import Lab
from twin.pushing import kit_of

Say = Callable[[str], None]
SLICE = os.environ.get("HIKAE_PUSH_SLICE", "routers:40")
ROUNDS = int(os.environ.get("HIKAE_PUSH_ROUNDS", "3"))
MOST = 3.0
SOAK_S = 1.0
# It changes nothing that the model would object to, and a route would.
LINE = "ip prefix-list RATIO seq 5 permit 198.51.100.0/24"


@dataclass
class Office:
    """The office routers of a booted slice, and how they are pushed."""

    kit: Kit
    routers: tuple[str, ...]

    def plainly(self, line: str) -> float:
        """Seconds that a pool of netmiko sessions takes that only sends the line."""

        def send(host: str) -> None:
            with self.kit.opener(host) as terminal:
                terminal.type_lines([line])

        began = time.monotonic()
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(send, self.routers))
        return time.monotonic() - began

    def in_waves(self, *, has_line: bool) -> tuple[float, Pushed]:
        """Seconds that a push takes, less those for which its waves were watched."""
        plain = self.kit.texts.plain

        def wanted(host: str) -> str:
            text = plain(host)
            return (
                text.replace("ip prefix-list ", f"{LINE}\nip prefix-list ", 1) if has_line else text
            )

        texts = Texts(wanted, self.kit.texts.drained, self.kit.texts.staged)
        began = time.monotonic()
        pushed = roll_out(replace(self.kit, texts=texts, soak_s=SOAK_S), self.routers)
        took = time.monotonic() - began
        assert pushed.failed == ()
        assert all(result.changed for result in pushed.devices)
        return took - sum(wave.soak_s for wave in pushed.waves), pushed


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with booted(SLICE) as lab:
        yield lab


class Clock:
    """Seconds by what they were spent on, over all threads."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, what: str, began: float) -> None:
        with self._lock:
            self.spent[what] += time.monotonic() - began  # type: ignore[assignment]


@dataclass
class Timed:
    """A check, timed."""

    check: Check
    clock: Clock

    def look(self, host: str, terminal: Terminal) -> Any:
        began = time.monotonic()
        try:
            return self.check.look(host, terminal)
        finally:
            self.clock.add(type(self.check).__name__, began)

    def obstacle(self, host: str, now: Any) -> str | None:
        return self.check.obstacle(host, now)

    def lacking(self, host: str, now: Any, before: Any) -> tuple[str, ...]:
        began = time.monotonic()
        try:
            return self.check.lacking(host, now, before)
        finally:
            self.clock.add(type(self.check).__name__, began)


def timed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every check and the model write down how long they take."""
    checks, step = wave_push._checks, Forecast.step

    def checks_of(*args: Any) -> tuple[Check, ...]:
        return tuple(Timed(check, clock) for check in checks(*args))

    def step_of(forecast: Forecast, texts: Mapping[str, str]) -> Step:
        began = time.monotonic()
        try:
            return step(forecast, texts)
        finally:
            clock.add("model", began)

    monkeypatch.setattr(wave_push, "_checks", checks_of)
    monkeypatch.setattr(Forecast, "step", step_of)


def test_a_push_with_checks_beside_threads_that_only_send(
    lab: Lab, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    conductor = bringup.conductor_of(lab)
    with conductor.at_bastion():
        routers = tuple(
            host.name
            for host in lab.estate.select(role="router", within=lab.names)
            if lab.estate.sites[host.site or ""].kind == "office"
        )
        office = Office(kit_of(lab, conductor, "ratio"), routers)
        clock = Clock()
        timed(clock, monkeypatch)
        plain: list[float] = []
        ours: list[float] = []
        devices_s = 0.0
        for _ in range(ROUNDS):
            plain += [office.plainly(LINE), office.plainly(f"no {LINE}")]
            for has_line in (True, False):
                seconds, pushed = office.in_waves(has_line=has_line)
                ours.append(seconds)
                devices_s += sum(result.seconds for result in pushed.devices)
    ratio = statistics.median(ours) / statistics.median(plain)
    say(f"{len(routers)} routers, {len(plain)} times each, median s (least, most):")
    say(f"  only sent {spread(plain)}; with waves and checks {spread(ours)}; ratio {ratio:.2f}")
    say(f"  waves {[len(wave.devices) for wave in pushed.waves]}")
    for what, spent in sorted(clock.spent.items()):
        share = f"{100 * spent / sum(ours):.0f} % of the time" if what == "model" else (
            f"{100 * spent / devices_s:.0f} % of the devices' time"
        )  # fmt: skip
        say(f"  {what}: {spent / len(ours):.2f} s a push, {share}")
    assert ratio <= MOST


def spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}, {max(seconds):.2f})"
