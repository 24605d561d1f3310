"""A push that cuts its own way comes back by itself: on a real router, by what it does to it or by its death."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from inventory import load_estate
from netconfig.canonical import read_config
from netconfig.guard import Guard
from netconfig.push import PushResult, push_texts
from netconfig.render import router_config
from netconfig.safeguard import Safeguard
from netconfig.terminal import open_terminal, ssh_opener
from twin import bringup
from twin.conductor import Conductor
from twin.lab import Lab
from twin.pushing import way_to_devices

Say = Callable[[str], None]
ROUTER = "takaoka-r1"
WINDOW_S = 12
# Going back is a reload of FRR, then the sessions come up and the way is there again.
BACK_S = 60.0


@dataclass
class Device:
    """A router, its intended text, and how it is pushed."""

    lab: Lab
    conductor: Conductor
    text: str

    def push(self, text: str) -> tuple[PushResult, Guard]:
        """Push a text as `hikae net push` does, with a short window."""
        access, guard = way_to_devices(self.lab, self.conductor, [ROUTER], window_s=WINDOW_S)
        access = replace(access, deadline_s=6.0)
        addresses = {ROUTER: str(self.lab.estate.hosts[ROUTER].address)}
        opener = ssh_opener(addresses, access, self.lab.places.run / "transcripts")
        return push_texts({ROUTER: text}, opener, safeguard=Safeguard(guard))[ROUTER], guard

    def running(self) -> str:
        access, _ = way_to_devices(self.lab, self.conductor, [ROUTER])
        address = str(self.lab.estate.hosts[ROUTER].address)
        path = self.lab.places.run / "transcripts" / "look.txt"
        with open_terminal(ROUTER, address, access, path) as terminal:
            return terminal.read("show running-config")

    def startup(self) -> str:
        return self.lab.hosts[ROUTER].disk.path("/etc/frr/frr.conf").read_text()

    def is_as_wanted(self) -> bool:
        try:
            seen = self.running()
        except Exception:  # noqa: BLE001 - there is no way to it yet
            return False
        return read_config(seen) == read_config(self.text)

    def wait_back(self) -> float:
        """Seconds until the router can be reached and runs what it ran."""
        began = time.monotonic()
        while not self.is_as_wanted():
            assert time.monotonic() < began + WINDOW_S + BACK_S, "it did not come back"
            time.sleep(0.5)
        assert read_config(self.startup()) == read_config(self.text)
        return time.monotonic() - began


@pytest.fixture
def device(mini: Lab) -> Iterator[Device]:
    conductor = bringup.conductor_of(mini)
    with conductor.at_bastion():
        found = Device(mini, conductor, router_config(mini.estate, ROUTER, mini.names))
        assert found.is_as_wanted()
        yield found


def wrong_address(text: str) -> str:
    lines = text.splitlines(keepends=True)
    port = next(n for n, line in enumerate(lines) if line == "interface wan-carrier\n")
    at = next(n for n in range(port, len(lines)) if lines[n].startswith(" ip address"))
    lines[at] = " ip address 192.0.2.1/31\n"
    return "".join(lines)


def no_uplink(text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = lines.index("interface wan-carrier\n")
    return "".join((*lines[: at + 1], " shutdown\n", *lines[at + 1 :]))


def no_way_back(text: str) -> str:
    """Nothing comes back to the bastion from which it is pushed."""
    bastion = load_estate().hosts["kansai-bastion1"].address
    return text.replace("ip route ", f"ip route {bastion}/32 Null0\nip route ", 1)


def no_session(text: str) -> str:
    return text.replace(" remote-as 6450", " remote-as 6499")


@pytest.mark.parametrize("harm", [wrong_address, no_uplink, no_way_back, no_session])
def test_it_comes_back_by_itself(harm: Callable[[str], str], device: Device, say: Say) -> None:
    harmed = harm(device.text)
    assert harmed != device.text
    result, _ = device.push(harmed)
    assert result.error is not None
    say(f"{harm.__name__}: {result.error[:90]}; back after {device.wait_back():.1f} s")


def test_a_pusher_that_dies_between_apply_and_confirm(device: Device, say: Say) -> None:
    """Its process is gone at the moment of confirming; a harmless line goes back all the same."""
    _, guard = way_to_devices(device.lab, device.conductor, [ROUTER], window_s=WINDOW_S)
    child = os.fork()
    if child == 0:
        try:
            dying = replace(guard, ask=lambda host, words: _die(guard, host, words), dial=None)
            access, _ = way_to_devices(device.lab, device.conductor, [ROUTER])
            addresses = {ROUTER: str(device.lab.estate.hosts[ROUTER].address)}
            opener = ssh_opener(addresses, access, device.lab.places.run / "transcripts")
            push_texts(
                {ROUTER: harmless(device.text)}, opener, safeguard=Safeguard(dying), workers=1
            )
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    assert not device.is_as_wanted()
    say(f"pusher killed before it confirmed: back after {device.wait_back():.1f} s")


def _die(guard: Guard, host: str, words: str) -> str:
    if words.startswith("confirm"):
        subprocess.run([sys.executable, "-c", f"import os; os.kill({os.getpid()}, 9)"])
        time.sleep(10)
    return guard.ask(host, words)


def harmless(text: str) -> str:
    return text.replace("ip route ", "ip route 198.51.100.0/24 Null0\nip route ", 1)


def test_a_router_that_dies_in_the_window_starts_with_what_was_confirmed(
    device: Device, say: Say
) -> None:
    moments = random.Random(5)
    times = int(os.environ.get("HIKAE_GUARD_DEATHS", "3"))
    address = str(device.lab.estate.hosts[ROUTER].address)
    for _ in range(times):
        access, guard = way_to_devices(device.lab, device.conductor, [ROUTER], window_s=WINDOW_S)
        path = device.lab.places.run / "transcripts" / "death.txt"
        guard.arm(ROUTER)
        with open_terminal(ROUTER, address, access, path) as terminal:
            terminal.type_lines(["ip route 198.51.100.0/24 Null0"])
        assert not device.is_as_wanted()
        wait = moments.uniform(0.0, WINDOW_S / 2)
        time.sleep(wait)
        device.lab.crash([ROUTER])
        device.lab.boot([ROUTER])
        assert "198.51.100" not in device.startup()
        say(f"killed {wait:.1f} s into the window: back after {device.wait_back():.1f} s")


def test_what_is_confirmed_stays_over_a_restart(device: Device) -> None:
    changed = harmless(device.text)
    result, guard = device.push(changed)
    assert result.error is None
    assert guard.status(ROUTER)["last"]["how"] == "confirmed"
    time.sleep(WINDOW_S + 2)
    device.lab.crash([ROUTER])
    device.lab.boot([ROUTER])
    before, device.text = device.text, changed
    device.wait_back()
    device.text = before
    assert device.push(before)[0].error is None
