"""Waves and drains on booted routers: what deviates goes back with its wave, and a drained router comes back drained."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from cli.net_drain import drain_by, undrain_by
from dr.rolling.journal import Log
from dr.rolling.passing import forwarded
from dr.rolling.ways import ways_around
from netconfig.canonical import read_config
from netconfig.drain import Drain
from netconfig.kit import Kit, Pushed, Texts
from netconfig.rollout import roll_out
from tests.full.booted import booted
from twin import bringup
from twin.conductor import Conductor
from twin.lab import Lab
from twin.pushing import ROUTED, history_in, kit_of
from twin.rolling import tools_of
from twin.transport import SshTransport

Say = Callable[[str], None]
Change = Callable[[str, str], str]
LINE = "ip prefix-list WAVES seq 5 permit 198.51.100.0/24"
VICTIM = "hakata-r1"
DRAINED = "mitaka-r2"
BACK_S = 90.0


@dataclass
class Net:
    """The routers of a booted slice, reached from its bastion."""

    lab: Lab
    conductor: Conductor
    transport: SshTransport
    kit: Kit

    @property
    def routers(self) -> tuple[str, ...]:
        return tuple(name for name in self.lab.names if self.lab.role(name) in ROUTED)

    def push(self, change: Change, soak_s: float = 2.0) -> Pushed:
        plain = self.kit.texts.plain
        texts = Texts(
            lambda host: change(host, plain(host)), self.kit.texts.drained, self.kit.texts.staged
        )
        return roll_out(replace(self.kit, texts=texts, soak_s=soak_s), self.routers)

    def startup(self, host: str) -> str:
        return self.lab.hosts[host].disk.path("/etc/frr/frr.conf").read_text()

    def has_line(self, host: str) -> bool:
        return LINE in self.startup(host)


@pytest.fixture(scope="module")
def net() -> Iterator[Net]:
    with booted("core") as lab:
        conductor = bringup.conductor_of(lab)
        with conductor.at_bastion() as transport:
            yield Net(lab, conductor, transport, kit_of(lab, conductor, "test"))


def more(host: str, text: str) -> str:
    return text.replace("ip prefix-list ", f"{LINE}\nip prefix-list ", 1)


def same(host: str, text: str) -> str:
    return text


def test_a_change_of_all_goes_in_waves_and_back(net: Net, say: Say) -> None:
    began = time.monotonic()
    pushed = net.push(more)
    assert pushed.failed == ()
    say(f"{len(pushed.waves)} waves in {time.monotonic() - began:.1f} s")
    assert {wave.state for wave in pushed.waves} == {"done"}
    changed = {result.device for result in pushed.devices if result.changed}
    assert all(net.has_line(host) for host in changed)
    kept = history_in(net.lab.places, net.lab.estate.name, is_production=False)
    assert next(kept.of(pushed.waves[0].devices[0])).how == "wave 1 (canary): 1 device"
    assert net.push(same).failed == ()
    assert not any(net.has_line(host) for host in net.routers)


def test_what_the_model_foresees_is_not_typed(net: Net, say: Say) -> None:
    """A router that would call its first line's network by another AS number."""
    asn = net.lab.estate.networks["carrier"].asn

    def harm(host: str, text: str) -> str:
        text = more(host, text)
        return text.replace(f"remote-as {asn}", "remote-as 64999") if host == VICTIM else text

    pushed = net.push(harm)
    say(pushed.waves[stands_until(net, pushed, "refused")].sentences[0])
    assert net.push(same).failed == ()


def test_a_line_that_falls_while_it_is_watched_takes_the_wave_back(net: Net, say: Say) -> None:
    line = next(
        line.name
        for line in net.lab.estate.lines
        if (line.site, line.network) == (net.lab.estate.hosts[VICTIM].site, "carrier")
    )
    turns = iter(range(100))

    def sleep(seconds: float) -> None:
        # The second wave is that in which it is.
        if next(turns) == 1:
            net.lab.network.set_wires([line], up=False)
        time.sleep(seconds)

    net.kit, before = replace(net.kit, sleep=sleep), net.kit
    try:
        pushed = net.push(more)
    finally:
        net.lab.network.set_wires([line], up=True)
        net.kit = before
    say(pushed.waves[stands_until(net, pushed, "rolled back")].sentences[0])
    end = time.monotonic() + BACK_S
    # The session of the line must be up again, or the router waits for it.
    while net.push(same).failed:
        assert time.monotonic() < end
        time.sleep(5)


def stands_until(net: Net, pushed: Pushed, state: str) -> int:
    """The place of the wave in which it stopped: before it all have the line, in it and after it nobody."""
    states = [wave.state for wave in pushed.waves]
    at = next(n for n, wave in enumerate(pushed.waves) if VICTIM in wave.devices)
    assert at > 0
    assert states == ["done"] * at + [state] + ["not begun"] * (len(states) - at - 1)
    for number, wave in enumerate(pushed.waves):
        for host in wave.devices:
            assert net.has_line(host) is (number < at), host
    return at


def test_a_router_is_drained_comes_back_drained_and_is_led_back_to(net: Net, say: Say) -> None:
    tools = tools_of(net.lab, net.conductor, net.transport, lambda _: None)
    ways = ways_around(tools, [DRAINED], [DRAINED])
    drain = Drain.of(net.kit.texts.plain(DRAINED), net.kit.texts.drained(DRAINED))
    began = time.monotonic()
    said, failed = drain_by(tools, ways, Log())
    assert failed == []
    say(f"{said[-1]} after {time.monotonic() - began:.1f} s")
    assert drain.is_in(read_config(net.startup(DRAINED)))
    before = passed(net)
    time.sleep(5)
    assert passed(net) - before <= 15
    # A push leaves it drained.
    assert net.push(same).failed == ()
    assert drain.is_in(read_config(net.startup(DRAINED)))
    net.lab.crash([DRAINED])
    net.lab.boot([DRAINED])
    end = time.monotonic() + BACK_S
    while not tools.transport.run(DRAINED, ["true"], deadline_s=5.0).is_ok:
        assert time.monotonic() < end
        time.sleep(1)
    assert drain.is_in(read_config(net.startup(DRAINED)))
    said, failed = undrain_by(tools, ways, Log())
    assert failed == []
    assert not any(added & read_config(net.startup(DRAINED)) for added, _ in drain.steps)


def passed(net: Net) -> int:
    done = net.transport.run(DRAINED, ["cat", "/proc/net/snmp"], deadline_s=10.0)
    return forwarded(done.stdout)
