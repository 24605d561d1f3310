"""The stage of a migration's rehearsal: every device and cable of both estates, the first estate's texts on the devices.

Only what routes is booted, with the terminals that send streams and the bastion from which it is conducted. Routers that
are there from the beginning are provisioned (accounts, guard, filters, the shared gateway) and pushed by SSH from the
bastion; balancers, the networks' own devices and whatever comes later are changed at their consoles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dr.clock import MonotonicClock, wait_until
from dr.progress import Progress
from inventory import Estate, Slice
from netconfig.derivation import ROUTED_ROLES, derive_intent
from netconfig.guard import Guard
from netconfig.migration.carrying import Pushing
from netconfig.migration.plan import Step
from netconfig.migration.union import both
from netconfig.model.verify import rendered
from netconfig.push import PushResult, push_texts
from netconfig.render import render, router_config
from netconfig.terminal import OpenTerminal, Terminal, ssh_opener
from playbooks.secret_store import SecretStore
from twin import bringup
from twin.conductor import Conductor, backup_bastion
from twin.console import open_console
from twin.converge import complaint_of, provision, wait_reachable
from twin.errors import TwinFailed
from twin.faults import LabFaults
from twin.lab import Lab
from twin.places import Places
from twin.pushing import is_answering, way_to_devices
from twin.tables import LabTables

__all__ = ["LabStage", "boot", "furnish", "staged"]

_WAY_IN_S = 30.0
_REACHED_S = 120.0
_CONSOLE_S = 10.0


def staged(source: Estate, target: Estate, slice_name: str) -> Estate:
    """Both estates at once, its slice of that name cut down to what a rehearsal needs; UnknownSlice, TwinFailed."""
    union = both(source, target)
    wanted = {*source.slice_hosts(slice_name), *target.slice_hosts(slice_name)}
    bastion = backup_bastion(union, tuple(wanted))
    hosts = tuple(
        name
        for name, host in union.hosts.items()
        if name in wanted and (host.role in (*ROUTED_ROLES, "terminal") or name == bastion)
    )
    return replace(union, slices={slice_name: Slice(slice_name, "Rehearsal", hosts)})


def boot_texts(union: Estate, source: Estate, within: Collection[str]) -> dict[str, str]:
    """With what each device boots: the first estate's whole text, or where it is not of that estate, hardly anything.

    Day 0's would not do: between networks that have no centre in common nobody is reached over one line.
    """
    found = {}
    for host in union.select(within=within):
        if host.role not in ROUTED_ROLES:
            continue
        if host.name in source.hosts:
            found[host.name] = _first_text(source, host.name, within)
        else:
            found[host.name] = f"{router_config(union, host.name, within).partition('!')[0]}!\n"
    return found


def _first_text(source: Estate, host: str, within: Collection[str]) -> str:
    intent = derive_intent(source, host, within)
    if source.hosts[host].role == "router":
        # Until keepalived is there, the site's first router holds the LAN's gateway, as on day 0.
        staged_ports = derive_intent(source, host, within, is_staged=True).ports
        lans = {port.name: port for port in staged_ports if port.name.startswith("lan")}
        ports = tuple(lans.get(port.name, port) for port in intent.ports)
        intent = replace(intent, ports=ports)
    return render(intent)


def boot(union: Estate, source: Estate, slice_name: str, places: Places, progress: Progress) -> Lab:
    """Boot the slice of `staged`; its secrets go with it."""
    secrets = SecretStore(places.run / "secrets")
    bringup.prepare(union, slice_name, places, progress, secrets)
    texts = boot_texts(union, source, union.slice_hosts(slice_name))
    lab = Lab(union, slice_name, places, secrets, texts)
    progress.phase("boot")
    lab.up(None, progress.doing)
    return lab


def furnish(lab: Lab, conductor: Conductor, source: Estate, progress: Progress) -> LabStage:
    """Provision the routers and give them the first estate's texts; TwinFailed. The caller stands at the bastion."""
    stage = LabStage(lab, conductor, source)
    stage.hide_what_comes()
    progress.phase("provision")
    progress.doing("waiting until routers and terminals are reached over the first estate's lines")
    terminals = [name for name in lab.names if lab.role(name) == "terminal"]
    there = [name for name in terminals if lab.estate.hosts[name].site in source.sites]
    wait_reachable(lab, deadline_s=_REACHED_S, hosts=[*stage.routers, *there])
    for outcome in provision(lab, conductor, progress.doing, limit=",".join(stage.routers)):
        if complaint := complaint_of(lab, outcome):
            raise TwinFailed(complaint)
    progress.doing(f"giving {len(stage.routers)} routers the configurations of {source.name}")
    texts = rendered(source, lab.names)
    results = push_texts({name: texts[name] for name in stage.routers}, stage.opener)
    if failed := [f"{one.device}: {one.error}" for one in results.values() if not one.is_ok]:
        raise TwinFailed("Pushing failed: " + "; ".join(failed))
    return stage


class LabStage:
    """Implements `dr.migration.stage.Stage` on a lab; the caller stands at the bastion while it is used.

    What is not there yet, and what is there no more, has its cables out; what comes gets its text first, as on a bench.
    """

    def __init__(self, lab: Lab, conductor: Conductor, source: Estate) -> None:
        self._lab, self._faults, self._shown = lab, LabFaults(lab), LabTables(lab)
        self._source = source
        self._present = {name for name in lab.names if name in source.hosts}
        self._announced: dict[str, frozenset[str]] = {}
        self.routers: tuple[str, ...] = tuple(
            name for name in lab.names if lab.role(name) == "router" and name in source.hosts
        )
        """Those that are pushed by SSH, each with its own guard."""
        access, self._guard = way_to_devices(lab, conductor, self.routers)
        transcripts = lab.places.run / "transcripts"
        transcripts.mkdir(exist_ok=True, mode=0o700)
        addresses = {name: str(lab.estate.hosts[name].address) for name in self.routers}
        self._ssh: OpenTerminal = ssh_opener(addresses, access, transcripts)
        self._pushing = Pushing(
            self.opener,
            guard_of=self._guard_of,
            is_guarded=lambda device: device in self.routers,
            with_networks=True,
            within=lab.names,
        )

    @contextmanager
    def opener(self, device: str) -> Iterator[Terminal]:
        """A device's command line, over SSH once it answers, or at its console."""
        if device not in self.routers:
            with open_console(self._lab.hosts[device]) as console:
                yield console
            return
        wait_until(MonotonicClock(), _WAY_IN_S, lambda: self._no_way_in(device), 1.0)
        with self._ssh(device) as terminal:
            yield terminal

    def _no_way_in(self, device: str) -> str | None:
        return None if is_answering(self._lab, device) else f"no way in to {device}"

    def _guard_of(self, step: Step) -> Guard:
        return replace(self._guard, ident=f"{self._guard.ident}-{step.number}")

    def change(self, step: Step) -> tuple[PushResult, ...]:
        """Push the step; what comes is plugged in once it has its text, what goes is pulled out then."""
        done = self._pushing.change(step)
        if all(one.is_ok for one in done):
            self._plug([one.device for one in step.devices if one.before is None])
            self._pull([one.device for one in step.devices if one.after is None])
        return done

    def change_back(self, step: Step) -> tuple[PushResult, ...]:
        """The same backwards."""
        self._plug([one.device for one in step.devices if one.after is None])
        self._pull([one.device for one in step.devices if one.before is None])
        return self._pushing.change_back(step)

    def hide_what_comes(self) -> None:
        """Take the cables of everything out that the first estate does not have."""
        self._pull([name for name in self._lab.names if name not in self._source.hosts])

    def _plug(self, devices: Sequence[str]) -> None:
        self._present |= set(devices)
        wires = [
            name
            for name, ends in self._cables(devices).items()
            if all(end in self._present for end in ends)
        ]
        if wires:
            self._set(wires, is_up=True)

    def _pull(self, devices: Sequence[str]) -> None:
        self._present -= set(devices)
        if wires := list(self._cables(devices)):
            self._set(wires, is_up=False)

    def _cables(self, devices: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """By name the point-to-point cables that have an end at some devices: the hosts at both."""
        return {
            name: tuple(end.host for end in wire.ends)
            for name, wire in self._lab.network.wires.items()
            if wire.kind == "p2p" and any(end.host in devices for end in wire.ends)
        }

    def _set(self, wires: Sequence[str], *, is_up: bool) -> None:
        try:
            (self._faults.heal if is_up else self._faults.cut)(wires)
        except TwinFailed as failed:
            raise OSError(str(failed)) from failed

    def serve(self, announced: Mapping[str, frozenset[str]]) -> None:
        """Put service addresses on balancers' loopbacks, from where OSPF carries them, and take the others away."""
        for balancer, wanted in announced.items():
            known = self._announced.get(balancer, frozenset())
            for address in sorted(wanted - known):
                self._ip(balancer, "replace", address)
            for address in sorted(known - wanted):
                self._ip(balancer, "delete", address)
            self._announced[balancer] = wanted

    def _ip(self, balancer: str, act: str, address: str) -> None:
        argv = ["ip", "address", act, f"{address}/32", "dev", "lo"]
        done = self._lab.hosts[balancer].exec(argv, deadline_s=_CONSOLE_S)
        if not done.is_ok:
            said = done.stderr.strip()
            raise OSError(f"{balancer} does not announce as it should ({' '.join(argv)}): {said}")

    def tables(self, hosts: Sequence[str]) -> Mapping[str, str]:
        """As FRR tells them on the hosts' consoles."""
        return self._shown.tables(hosts)

    def sessions(self, host: str) -> Mapping[str, str]:
        """As FRR tells them on the host's console."""
        return self._shown.sessions(host)

    def memory_mb(self) -> float:
        """Anonymous and shared memory of all processes of the lab."""
        return self._faults.memory_mb()
