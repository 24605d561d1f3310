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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from threading import Lock

import psutil
import pytest

from netconfig.forecast import Forecast, Step
from netconfig.guard import Asking, Call
from netconfig.kit import Kit, Pushed, Texts
from netconfig.push import WORKERS
from netconfig.rollout import roll_out
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
IDLE_BELOW, REST_S = 60.0, 300.0
"""Per cent of the processors, and seconds."""
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
        slow = sorted(((r.seconds, r.device, r.error) for r in pushed.devices), reverse=True)[:5]
        assert pushed.failed == (), f"after {took:.0f} s; the slowest: {slow}; {pushed.waves}"
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
        self.calls: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self.spent[what] += time.monotonic() - began  # type: ignore[assignment]
                self.calls[what] += 1


@dataclass
class TimedTerminal:
    """A session, timed by what it is asked."""

    terminal: Terminal
    clock: Clock

    @property
    def is_open(self) -> bool:
        return self.terminal.is_open

    def read(self, command: str) -> str:
        with self.clock.on(command):
            return self.terminal.read(command)

    def type_lines(self, lines: Sequence[str]) -> str:
        with self.clock.on("typing"):
            return self.terminal.type_lines(lines)

    def ask(self, words: str) -> str:
        assert isinstance(self.terminal, Asking)
        with self.clock.on(f"guard: {words.split()[0]}"):
            return self.terminal.ask(words)


def timed(kit: Kit, clock: Clock) -> Kit:
    """The same kit, of which every login, command and call of a guard is timed."""

    @contextmanager
    def opener(host: str) -> Iterator[Terminal]:
        with ExitStack() as stack:
            with clock.on("login"):
                terminal = stack.enter_context(kit.opener(host))
            yield TimedTerminal(terminal, clock)

    def ask(host: str, words: str) -> str:
        with clock.on(f"guard, own login: {words.split()[0]}"):
            return kit.guard.ask(host, words)

    @contextmanager
    def dial(host: str) -> Iterator[Call]:
        assert kit.guard.dial is not None
        with ExitStack() as stack:
            # Beside the checks: not all of it is waited for.
            with clock.on("login to confirm"):
                call = stack.enter_context(kit.guard.dial(host))

            def timed_call(words: str) -> str:
                with clock.on(f"guard: {words.split()[0]}"):
                    return call(words)

            yield timed_call

    def probe(host: str) -> bool:
        with clock.on("answers"):
            return kit.probe(host)

    return replace(kit, opener=opener, guard=replace(kit.guard, ask=ask, dial=dial), probe=probe)


def busy_s() -> float:
    """Seconds of processor that the machine has spent since it started, on whatever."""
    spent = psutil.cpu_times()
    return spent.user + spent.nice + spent.system + spent.irq + spent.softirq


def wait_idle(say: Say) -> None:
    """Let the machine come to rest: eighty hosts that have just booted are what both ways would measure."""
    began = time.monotonic()
    while (busy := psutil.cpu_percent(interval=5)) > IDLE_BELOW:
        assert time.monotonic() < began + REST_S, f"still {busy:.0f} % busy after {REST_S:.0f} s"
    say(f"at rest ({busy:.0f} % busy) {time.monotonic() - began:.0f} s after the boot")


def test_a_push_with_checks_beside_threads_that_only_send(
    lab: Lab, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_idle(say)
    conductor = bringup.conductor_of(lab)
    with conductor.at_bastion():
        routers = tuple(
            host.name
            for host in lab.estate.select(role="router", within=lab.names)
            if lab.estate.sites[host.site or ""].kind == "office"
        )
        clock = Clock()
        step = Forecast.step

        def step_of(forecast: Forecast, texts: Mapping[str, str]) -> Step:
            with clock.on("model"):
                return step(forecast, texts)

        monkeypatch.setattr(Forecast, "step", step_of)
        office = Office(timed(kit_of(lab, conductor, "ratio"), clock), routers)
        bare = Office(kit_of(lab, conductor, "ratio"), routers)
        plain: list[float] = []
        ours: list[float] = []
        busy = Counter[str]()
        for _ in range(ROUNDS):
            for line in (LINE, f"no {LINE}"):
                before = busy_s()
                plain.append(bare.plainly(line))
                busy["plain"] += busy_s() - before  # type: ignore[assignment]
            for has_line in (True, False):
                before = busy_s()
                seconds, pushed = office.in_waves(has_line=has_line)
                busy["ours"] += busy_s() - before  # type: ignore[assignment]
                ours.append(seconds)
    ratio = statistics.median(ours) / statistics.median(plain)
    say(f"{len(routers)} routers, {len(plain)} times each, median s (least, most):")
    say(f"  only sent {spread(plain)}; with waves and checks {spread(ours)}; ratio {ratio:.2f}")
    say(f"  waves {[len(wave.devices) for wave in pushed.waves]}")
    say(f"  seconds of waves {[round(w.seconds - w.soak_s, 1) for w in pushed.waves]}")
    for who, spent in busy.items():
        say(f"  processor, {who}: {spent / len(plain):.1f} s a time")
    everything = sum(clock.spent.values())
    for what, spent in clock.spent.most_common():
        say(
            f"  {what}: {clock.calls[what] // len(ours)} a push, {spent / len(ours):.2f} s, "
            f"{100 * spent / everything:.0f} % of what is waited for"
        )
    assert ratio <= MOST


def spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}, {max(seconds):.2f})"
