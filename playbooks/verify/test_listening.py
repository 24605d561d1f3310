"""What a host listens on is what the flows of the inventory say, and nothing listens wider than it must."""

from __future__ import annotations

from ipaddress import ip_address

from playbooks.verify.state import HostState

# Programs that cannot be held to one address, and why; the host firewall still names who may come.
_WIDE = {
    "sshd": "the way in must not depend on an address that a failover moves",
    "bgpd": "one session on each line and one on the loopback",
    "bfdd": "one session on each line",
    "frr": "the account of both, where programs of other accounts cannot be seen",
}
# Each BFD session sends from a port of its own (RFC 5881, section 4); no rule lets anybody in.
_BFD_SOURCE_PORTS = range(49152, 65536)
# Ports that open with a program whether they are used or not; no rule lets anybody in.
_IDLE = {
    ("udp", 3785): "bfdd: echo",
    ("udp", 4784): "bfdd: several hops, where no session needs them",
}


def _open(state: HostState) -> set[tuple[str, int, str, str]]:
    return {
        (each["protocol"], int(each["port"]), each["address"], each["program"])
        for each in state.said["sockets"]
        if each["port"].isdecimal() and not _is_loopback(each["address"])
    }


def _is_loopback(address: str) -> bool:
    return address not in ("*", "") and ip_address(address).is_loopback


def _declared(state: HostState) -> set[tuple[str, int]]:
    clusters = state.variables.get("hikae_clusters", {}).values()
    here = {cluster["balancer_port"] for cluster in clusters}
    declared = {
        (each["protocol"], int(each["port"]))
        for each in state.variables.get("hikae_listens", [])
        if each["protocol"] in ("tcp", "udp")
    }
    # The flows name the port of every cluster; a slice may be without one.
    return {
        (protocol, port)
        for protocol, port in declared | {("tcp", 22)}
        if port not in (5001, 5002) or port in here
    }


def test_nothing_listens_that_is_not_declared(state: HostState) -> None:
    wild = {
        f"{protocol}/{port} ({program})"
        for protocol, port, _, program in _open(state)
        if (protocol, port) not in _declared(state) and (protocol, port) not in _IDLE
        if not (protocol == "udp" and program in ("bfdd", "frr") and port in _BFD_SOURCE_PORTS)
    }
    assert not wild, f"not in the flows: {', '.join(sorted(wild))}"


def test_everything_declared_listens(state: HostState) -> None:
    there = {(protocol, port) for protocol, port, _, _ in _open(state)}
    missing = {f"{protocol}/{port}" for protocol, port in _declared(state) - there}
    assert not missing, f"declared and not listening: {', '.join(sorted(missing))}"


def test_nothing_listens_wider_than_it_must(state: HostState) -> None:
    wide = {
        f"{program} on {address}:{port}"
        for _, port, address, program in _open(state)
        if address in ("*", "", "0.0.0.0", "::") and program not in _WIDE
    }
    assert not wide, f"listens on every address: {', '.join(sorted(wide))}"
