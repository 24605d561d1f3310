"""The lab's network: a namespace for each host, veth pairs for lines, bridges in one of their own.

The machine's own network is never touched: every link is born inside a namespace whose name starts
with `hk-`, and that prefix is all that the clean-up looks for.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from pyroute2 import netns

from inventory import Estate, Wire
from twin.shell import call, call_each

__all__ = ["PREFIX", "Network", "inside", "namespace", "namespaces", "remove_namespaces"]

PREFIX = "hk-"
_SWITCH = "hk-switch"
# Above those that a namespace gives by itself.
_FIRST_INDEX = 1001
# Named before it is deleted: so there is nothing to fail where none was.
_NO_SILENCE = "table netdev hikae_drill\ndelete table netdev hikae_drill\n"
_KERNEL: Mapping[str, Sequence[str]] = {
    "router": ("net.ipv4.ip_forward=1", "net.ipv4.fib_multipath_hash_policy=1"),
    "provider": ("net.ipv4.ip_forward=1", "net.ipv4.fib_multipath_hash_policy=1"),
}


def namespace(host: str) -> str:
    """Name of the network namespace of `host`."""
    return f"{PREFIX}{host}"


@contextmanager
def inside(host: str) -> Iterator[None]:
    """Run this thread, and every thread and program that it starts, in the network of `host`."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = os.open(f"/run/netns/{namespace(host)}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            netns.setns(target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            netns.setns(before)
    finally:
        os.close(before)


class Network:
    """Namespaces and wires of the hosts of one slice."""

    def __init__(self, estate: Estate, hosts: Sequence[str]) -> None:
        self.estate = estate
        self.hosts = tuple(hosts)
        self.wires: Mapping[str, Wire] = {wire.name: wire for wire in estate.wires(hosts)}
        self._ports: dict[tuple[str, str], tuple[str, str]] = {}
        self._bridges: dict[str, str] = {}
        port = 0
        for number, wire in enumerate(self.wires.values()):
            if wire.kind == "lan":
                self._bridges[wire.name] = f"br{number}"
                for end in wire.ends:
                    self._ports[end.host, end.interface] = (_SWITCH, f"p{port}")
                    port += 1
            else:
                first, second = wire.ends
                self._ports[first.host, first.interface] = (
                    namespace(second.host),
                    second.interface,
                )
                self._ports[second.host, second.interface] = (
                    namespace(first.host),
                    first.interface,
                )

    def create(self) -> None:
        """Make every namespace, bridge and wire, all interfaces up."""
        for name in (_SWITCH, *(namespace(host) for host in self.hosts)):
            call(["ip", "netns", "add", name])
        lines = [
            f"link add {bridge} netns {_SWITCH} type bridge" for bridge in self._bridges.values()
        ]
        done: set[tuple[str, str]] = set()
        # Numbers of their own: the kernel takes an interface whose peer has the same number for no virtual one, and tells
        # up to a second late that its carrier is gone.
        number = count(_FIRST_INDEX)
        for wire in self.wires.values():
            for end in wire.ends:
                peer_space, peer_name = self._ports[end.host, end.interface]
                here = (namespace(end.host), end.interface)
                if here in done:
                    continue
                done |= {here, (peer_space, peer_name)}
                lines.append(
                    f"link add {end.interface} index {next(number)} netns {here[0]} type veth "
                    f"peer name {peer_name} index {next(number)} netns {peer_space}"
                )
        call(["ip", "-batch", "-"], stdin="\n".join(lines) + "\n")
        jobs = []
        switch = [f"link set {bridge} up" for bridge in self._bridges.values()]
        for wire in self.wires.values():
            if wire.kind == "lan":
                for end in wire.ends:
                    _, port = self._ports[end.host, end.interface]
                    switch.append(f"link set {port} master {self._bridges[wire.name]} up")
        jobs.append((["ip", "-n", _SWITCH, "-batch", "-"], "\n".join(switch) + "\n"))
        for host in self.hosts:
            jobs.append((["ip", "-n", namespace(host), "-batch", "-"], self._up(host)))
        call_each(jobs)
        self._set_kernel()

    def _interfaces(self, host: str) -> tuple[str, ...]:
        return tuple(interface for owner, interface in self._ports if owner == host)

    def _up(self, host: str) -> str:
        names = ("lo", *self._interfaces(host))
        return "".join(f"link set {name} up\n" for name in names)

    def _set_kernel(self) -> None:
        jobs = []
        for host in self.hosts:
            settings = _KERNEL.get(self.estate.hosts[host].role, ())
            if settings:
                space = f"--net=/run/netns/{namespace(host)}"
                jobs.append((["nsenter", space, "sysctl", "-q", "-w", *settings], ""))
        call_each(jobs)

    def down(self, hosts: Collection[str]) -> None:
        """Take down every line of `hosts`, at their own end: the other end loses its carrier."""
        call_each(
            [
                (
                    ["ip", "-n", namespace(host), "-batch", "-"],
                    "".join(f"link set {name} down\n" for name in self._interfaces(host)),
                )
                for host in hosts
            ]
        )

    def up(self, hosts: Collection[str]) -> None:
        """Bring every line of `hosts` up again at their own end."""
        jobs = [(["ip", "-n", namespace(host), "-batch", "-"], self._up(host)) for host in hosts]
        call_each(jobs)

    def flush(self, hosts: Collection[str]) -> None:
        """Forget addresses and routes of dead hosts, as a machine without power does."""
        jobs = []
        for host in hosts:
            names = self._interfaces(host)
            text = "".join(f"addr flush dev {name}\n" for name in names)
            text += "addr flush dev lo scope global\n"
            jobs.append((["ip", "-n", namespace(host), "-batch", "-"], text))
            space = f"--net=/run/netns/{namespace(host)}"
            jobs.append((["nsenter", space, "nft", "flush", "ruleset"], ""))
        call_each(jobs)

    def set_wires(self, wires: Collection[str], *, up: bool) -> None:
        """Cut or heal wires; of a line to a network it is the provider's end that goes down.

        `HOST:INTERFACE` names one port of a switch: only that cable is cut.
        """
        state = "up" if up else "down"
        lines: dict[str, list[str]] = {}
        for name in wires:
            for space, interface in self._cut_ends(name):
                lines.setdefault(space, []).append(f"link set {interface} {state}\n")
        call_each(
            [(["ip", "-n", space, "-batch", "-"], "".join(text)) for space, text in lines.items()]
        )

    def _cut_ends(self, name: str) -> list[tuple[str, str]]:
        wire = self.wires.get(name)
        if wire is None:
            host, _, interface = name.partition(":")
            return [self._ports[host, interface]]
        if wire.kind == "lan":
            return [self._ports[end.host, end.interface] for end in wire.ends]
        provider = [end for end in wire.ends if self.estate.hosts[end.host].role == "provider"]
        end = (provider or list(wire.ends))[0]
        return [(namespace(end.host), end.interface)]

    def mute_wires(self, wires: Collection[str]) -> None:
        """Drop every packet on wires, both ways, while their carriers stay; names as for `set_wires`.

        At the entrance of a link, before anything of the host sees it: as if it had been lost under way.
        """
        found = self._entrances(wires)
        call_each([(_nft_in(space), _silence(names)) for space, names in found.items()])

    def unmute_wires(self, wires: Collection[str]) -> None:
        """Undo `mute_wires`; nothing happens where nothing was muted."""
        call_each([(_nft_in(space), _NO_SILENCE) for space in self._entrances(wires)])

    def _entrances(self, wires: Collection[str]) -> dict[str, list[str]]:
        """By namespace both ends of every link of some wires: what comes in there has crossed it."""
        found: dict[str, list[str]] = {}
        for name in wires:
            wire = self.wires.get(name)
            host, _, interface = name.partition(":")
            ends = (
                [(host, interface)] if wire is None else [(e.host, e.interface) for e in wire.ends]
            )
            near = [(namespace(owner), port) for owner, port in ends]
            for space, port in dict.fromkeys([*near, *(self._ports[end] for end in ends)]):
                found.setdefault(space, []).append(port)
        return found

    def routes(self, hosts: Collection[str]) -> dict[str, str]:
        """The main table of each host's kernel, as `ip` tells it in JSON."""
        argv = ["-json", "route", "show", "table", "main"]
        return {host: call(["ip", "-n", namespace(host), *argv]).stdout for host in hosts}

    def drop_port(self, sides: tuple[Sequence[str], Sequence[str]], port: int) -> None:
        """Let the networks silently drop TCP from or to `port` between two sets of prefixes."""
        first, second = (", ".join(side) for side in sides)
        rules = ""
        for source, target in ((first, second), (second, first)):
            for end in ("dport", "sport"):
                rules += f"ip saddr {{ {source} }} ip daddr {{ {target} }} tcp {end} {port} drop\n"
        table = (
            "table inet hikae_drill {\nchain forward {\n"
            "type filter hook forward priority -10; policy accept;\n"
            f"{rules}}}\n}}\n"
        )
        self._nft(table)

    def allow_ports(self) -> None:
        """Undo `drop_port`."""
        self._nft("table inet hikae_drill\ndelete table inet hikae_drill\n")

    def _nft(self, text: str) -> None:
        providers = [host for host in self.hosts if self.estate.hosts[host].role == "provider"]
        call_each([(_nft_in(namespace(host)), text) for host in providers])


def _nft_in(space: str) -> list[str]:
    return ["nsenter", f"--net=/run/netns/{space}", "nft", "-f", "-"]


def _silence(interfaces: Sequence[str]) -> str:
    """A table that drops whatever comes in by some interfaces; it replaces the one before it."""
    chains = "".join(
        f'chain silence{number} {{\ntype filter hook ingress device "{name}" priority -500; policy drop;\n}}\n'
        for number, name in enumerate(sorted(set(interfaces)))
    )
    return f"{_NO_SILENCE}table netdev hikae_drill {{\n{chains}}}\n"


def namespaces() -> tuple[str, ...]:
    """Every namespace of a twin that exists on this machine."""
    done = call(["ip", "-json", "netns", "list"], check=False)
    try:
        entries = json.loads(done.stdout or "[]")
    except json.JSONDecodeError:
        entries = []
    listed = {entry["name"] for entry in entries}
    folder = Path("/run/netns")
    if folder.is_dir():
        listed |= {entry.name for entry in folder.iterdir()}
    return tuple(sorted(name for name in listed if name.startswith(PREFIX)))


def remove_namespaces() -> None:
    """Remove every namespace of a twin; its links go with it, and so do programs left in it.

    Such programs are kept connections of tools and sessions of people: hosts are gone by then.
    """
    for name in namespaces():
        listed = call(["ip", "netns", "pids", name], check=False).stdout.split()
        for process in {int(number) for number in listed} - {os.getpid()}:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        call(["ip", "netns", "delete", name], check=False)
        Path("/run/netns", name).unlink(missing_ok=True)
