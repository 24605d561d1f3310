"""Every balancer announces its services once they work, and says so to the others."""

from __future__ import annotations

import json
import time
from typing import Any

from testinfra.host import Host

from playbooks.verify.calls import get
from playbooks.verify.state import HostState

# Three good checks and 10 s of hold-down while another announces, and some room.
_ANNOUNCE_DEADLINE_S = 45.0


def _board(host: Host, state: HostState) -> dict[str, Any]:
    url = f"https://{state.variables['hikae_address']}:8405/"
    said: dict[str, Any] = json.loads(get(host, url))["services"]
    return said


def test_services_are_announced(host: Host, state: HostState) -> None:
    """Waits through the hold-down, with a deadline; the address is on the loopback then."""
    if state.role != "balancer":
        return
    ends = time.monotonic() + _ANNOUNCE_DEADLINE_S
    while True:
        board = _board(host, state)
        silent = [name for name, service in board.items() if not service["announces"]]
        if not silent:
            break
        assert time.monotonic() < ends, f"not announced: {', '.join(silent)}"
        time.sleep(2)
    loopback = host.run("ip -4 -oneline address show dev lo").stdout
    missing = [s["address"] for s in board.values() if f" {s['address']}/32 " not in loopback]
    assert not missing, f"announced and not on the loopback: {', '.join(missing)}"


def test_board_names_the_services_of_this_site(host: Host, state: HostState) -> None:
    if state.role == "balancer":
        site, services = state.variables["hikae_site"], state.variables["hikae_services"]
        wanted = {name for name, said in services.items() if site in said["home_order"]}
        assert set(_board(host, state)) == wanted


def test_configuration_is_valid(host: Host, state: HostState) -> None:
    if state.role == "balancer":
        done = host.run("sudo -n haproxy -c -q -f /etc/haproxy/hikae.cfg")
        assert done.rc == 0, done.stderr.strip()[-200:]
