"""The `mini` slice on real parts: capabilities, idempotence, snapshot against bare, kill and clean."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inventory import Interface, load_estate
from playbooks.fingerprint import difference
from tests.full.conftest import Steps
from twin import bringup, converge, snapshot
from twin.evidence import fingerprint_of
from twin.lab import Lab, clear_leftovers
from twin.network import namespaces
from twin.places import CHECKOUT, Places

# The present second, never another: without the guard this would set the machine's clock.
_FORBIDDEN = """
import ctypes, errno, time
libc = ctypes.CDLL(None, use_errno=True)
class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]
now = Timespec(int(time.time()), 0)
codes = []
codes.append(libc.clock_settime(0, ctypes.byref(now)) and ctypes.get_errno())
codes.append(libc.syscall(175, b"rubbish", 7, b"") and ctypes.get_errno())
assert codes == [errno.EPERM, errno.EPERM], codes
"""


def test_a_host_can_neither_set_the_clock_nor_load_a_module(mini: Lab) -> None:
    done = mini.hosts["mitaka-r1"].exec(["python3", "-c", _FORBIDDEN])
    assert done.is_ok, done.stderr


def test_every_unit_runs(mini: Lab) -> None:
    failed = {}
    for name, host in mini.hosts.items():
        done = host.exec(["systemctl", "list-units", "--failed", "--no-legend", "--plain"])
        if done.stdout.strip():
            failed[name] = done.stdout.split()[0]
    assert failed == {}


def test_no_host_has_an_interface_beside_the_estates_own(mini: Lab) -> None:
    for name, host in mini.hosts.items():
        listed = host.exec(["ip", "-br", "link"]).stdout.split("\n")
        found = {line.split()[0].split("@")[0] for line in listed if line.strip()}
        assert found == {"lo", *(i.name for i in _wired(mini, name))}, name


def _wired(lab: Lab, name: str) -> list[Interface]:
    wires = lab.network.wires
    return [i for i in lab.estate.hosts[name].interfaces if i.wire in wires]


def test_a_second_provisioning_changes_nothing_and_leaves_the_same_fingerprint(mini: Lab) -> None:
    before = {name: fingerprint_of(mini, name) for name in mini.names}
    conductor = bringup.conductor_of(mini)
    conductor.write_ssh_config()
    with conductor.at_bastion():
        outcomes = converge.provision(mini, conductor, Steps().doing)
        pushed = converge.push_network(mini, conductor)
    assert [o.failed_hosts for o in outcomes] == [() for _ in outcomes]
    changed = {h.host: h.changed for outcome in outcomes for h in outcome.hosts if h.changed}
    assert changed == {}
    assert [(r.device, r.commands, r.error) for r in pushed if r.changed or r.error] == []
    for name in mini.names:
        assert difference(before[name], fingerprint_of(mini, name)) == (), name


def test_a_start_from_the_snapshot_gives_what_bare_hosts_gave(mini: Lab, places: Places) -> None:
    estate = load_estate()
    before = {name: fingerprint_of(mini, name) for name in mini.names}
    of = snapshot.key(estate, "mini", places, mini.secrets)
    mini.shut_down(Steps().doing)
    snapshot.keep(mini, of)
    clear_leftovers(places)
    found = snapshot.find(estate, "mini", places, mini.secrets)
    assert found is not None
    begun = time.monotonic()
    again = bringup.bring_up(estate, "mini", places, Steps())
    assert time.monotonic() - begun < 120
    for name in again.names:
        assert difference(before[name], fingerprint_of(again, name)) == (), name


@pytest.mark.usefixtures("mini")
def test_a_killed_command_leaves_nothing_behind_the_next_one(places: Places) -> None:
    clear_leftovers(places)
    before = _traces()
    # The lock is this test's own, so the killed program is the library beneath the command.
    program = (
        "from inventory import load_estate; from twin import bringup; from twin.places import Places\n"
        "from tests.full.conftest import Steps\n"
        "bringup.bring_up(load_estate(), 'mini', Places.default(), Steps(), bare=True)\n"
        "print('up', flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "up\n"
        killed.send_signal(signal.SIGKILL)
    assert namespaces() != ()
    assert clear_leftovers(places)
    assert _traces() == before
    assert namespaces() == ()
    assert not clear_leftovers(places)


def _traces() -> dict[str, object]:
    """What a twin could leave: mounts, links, limits, firewall, processes' groups."""
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True)
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True)
    return {
        "mounts": sorted(Path("/proc/self/mounts").read_text().splitlines()),
        "links": links.stdout,
        "rules": rules.stdout,
        "inotify": Path("/proc/sys/fs/inotify/max_user_instances").read_text(),
        "groups": sorted(str(path) for path in Path("/sys/fs/cgroup").rglob("hikae")),
        "forwarding": Path("/proc/sys/net/ipv4/ip_forward").read_text(),
    }
