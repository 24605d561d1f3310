"""The lab: a slice of the estate, booted. Made whole, cleared whole, also after `kill -9`."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from inventory import Estate
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from twin import sysctls
from twin.cgroups import Cgroups
from twin.disk import Disk, unmount_below
from twin.errors import TwinFailed
from twin.fleet import Fleet
from twin.host import TwinHost, wait_booted, wait_down
from twin.image import ImageStore, kind_of
from twin.network import Network, remove_namespaces
from twin.places import Places
from twin.staging import day_zero, give_host_key, write

__all__ = ["Lab", "clear_leftovers"]

Doing = Callable[[str], None]
# Order of an orderly shutdown: who writes stops before who keeps, the voters before the lines.
_SHUTDOWN = (
    ("terminal", "application", "batch", "monitoring", "restore", "bastion"),
    ("balancer",),
    ("database",),
    # A server that stops hands its last WAL to the store.
    ("etcd", "store"),
    ("router", "provider"),
)


def clear_leftovers(places: Places) -> bool:
    """Remove whatever a twin left on this machine; returns whether there was anything.

    Needs no memory of what was made: everything is found by its name or place. Caches (images,
    snapshots, secrets, reports) stay.
    """
    cgroups = Cgroups()
    found = places.state.exists() or places.disks.exists() or bool(cgroups.hosts())
    hosts = cgroups.hosts()
    if hosts:
        cgroups.freeze(hosts, frozen=False)
        cgroups.kill(hosts)
        cgroups.wait_empty(hosts, deadline_s=30)
    cgroups.remove()
    unmount_below([places.run, places.images, places.disks])
    remove_namespaces()
    shutil.rmtree(places.hosts, ignore_errors=True)
    shutil.rmtree(places.disks, ignore_errors=True)
    for partial in places.snapshots.glob(".*") if places.snapshots.is_dir() else ():
        shutil.rmtree(partial, ignore_errors=True)
    sysctls.lower(places)
    if places.run.is_dir():
        for entry in places.run.iterdir():
            if entry != places.lock:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return found


class Lab(Fleet):
    """A slice of an estate on this machine; `up` makes it, `clear_leftovers` removes it."""

    def __init__(
        self,
        estate: Estate,
        slice_name: str,
        places: Places,
        secrets: SecretStore,
        texts: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(estate, slice_name, places, secrets)
        self.texts = texts
        """By device: the frr.conf with which it boots bare, where it is not day 0's."""
        self.cgroups = Cgroups()
        self.network = Network(estate, self.names)
        self.hosts: dict[str, TwinHost] = {}

    def attach(self, snapshot: Path | None, *, is_running: bool = False) -> None:
        """Describe every host's disk; of a lab that runs, the layers below were chosen at its boot."""
        store = ImageStore(self.places)
        kinds = {kind_of(self.role(name)) for name in self.names}
        layers = {kind: () if is_running else store.image(kind).layers for kind in kinds}
        for name in self.names:
            lowers = layers[kind_of(self.role(name))]
            if snapshot is not None:
                lowers = (*lowers, snapshot / "hosts" / name)
            disk = Disk(
                self.places.hosts / name / "root",
                self.places.disks / name / "upper",
                self.places.disks / name / "work",
                lowers,
            )
            console = self.places.hosts / name / "console.log"
            self.hosts[name] = TwinHost(name, disk, self.cgroups, console)

    def up(self, snapshot: Path | None, doing: Doing, *, deadline_s: float = 120.0) -> None:
        """Boot the slice, bare (with day 0) or from `snapshot`; returns when every sshd runs."""
        self.places.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.attach(snapshot)
        self.remember(snapshot)
        sysctls.raise_limits(self.places)
        doing(f"laying {len(self.network.wires)} lines between {len(self.names)} hosts")
        self.network.create()
        doing(f"preparing {len(self.names)} disks")
        for name, host in self.hosts.items():
            host.disk.mount()
            if snapshot is None:
                self._stage(name)
        doing(f"booting {len(self.names)} hosts")
        for host in self._boot_order():
            host.start()
        wait_booted(list(self.hosts.values()), deadline_s=deadline_s)

    def _boot_order(self) -> list[TwinHost]:
        order = [role for roles in reversed(_SHUTDOWN) for role in roles]
        return sorted(self.hosts.values(), key=lambda host: order.index(self.role(host.name)))

    def remember(self, snapshot: Path | None, **more: str) -> None:
        """Write down what runs, for other commands."""
        state = {
            "estate": self.estate.name,
            "slice": self.slice_name,
            "snapshot": None if snapshot is None else str(snapshot),
            "since": time.time(),
            "process": os.getpid(),
            **more,
        }
        self.places.state.write_text(json.dumps(state))

    def shut_down(self, doing: Doing, *, deadline_s: float = 90.0) -> None:
        """Shut every host down in order: who writes first, the lines last."""
        for roles in _SHUTDOWN:
            names = [name for name in self.names if self.role(name) in roles]
            if roles == ("database",):
                self._stop_databases(names, deadline_s)
            hosts = [self.hosts[name] for name in names]
            doing(f"shutting down {', '.join(roles)}")
            for host in hosts:
                host.power_off()
            wait_down(hosts, deadline_s=deadline_s)

    def _stop_databases(self, names: Sequence[str], deadline_s: float) -> None:
        """Replicas first: a leader that stops last keeps every acknowledged commit on its disk."""
        leaders = []
        for name in names:
            done = self.hosts[name].exec(["systemctl", "is-active", "patroni"])
            if done.returncode != 0:
                continue
            asked = self.hosts[name].exec(
                ["runuser", "-u", "postgres", "--", "psql", "-XAtc", "select pg_is_in_recovery()"]
            )
            if asked.stdout.strip() == "f":
                leaders.append(name)
        replicas = [self.hosts[name] for name in names if name not in leaders]
        for host in replicas:
            host.power_off()
        wait_down(replicas, deadline_s=deadline_s)

    def crash(self, names: Collection[str]) -> float:
        """SIGKILL every process and take every line of `names` down in one moment, returned.

        The hosts are frozen first, so that no process sends a farewell while the lines go down.
        """
        self.cgroups.freeze(names, frozen=True)
        at = time.time()
        self.network.down(names)
        self.kill(names)
        self.network.flush(names)
        return at

    def kill(self, names: Collection[str]) -> float:
        """SIGKILL every process of `names`; the lines stay up."""
        at = time.time()
        self.cgroups.kill(names)
        self.cgroups.freeze(names, frozen=False)
        self.cgroups.wait_empty(names, deadline_s=30)
        return at

    def boot(self, names: Collection[str], *, deadline_s: float = 60.0) -> None:
        """Boot hosts that are down, on the disks as they were left."""
        self.network.up(names)
        chosen = [self.hosts[name] for name in names]
        for host in chosen:
            if self.cgroups.processes(host.name):
                raise TwinFailed(f"{host.name} is still up: shut it down or crash it first.")
            self.cgroups.remove([host.name])
            host.start()
        wait_booted(chosen, deadline_s=deadline_s)

    def replace_disk(self, name: str) -> None:
        """Throw a dead host's disk away and stage a bare one, with a key that no host had; TwinFailed where it lives."""
        if self.cgroups.processes(name):
            raise TwinFailed(f"{name} is still up: crash it first.")
        kind = kind_of(self.role(name))
        try:
            lowers = ImageStore(self.places).image(kind).layers
        except FileNotFoundError:
            raise TwinFailed(
                f"There is no image of kind '{kind}' as the checkout stands now: boot the twin anew."
            ) from None
        old = self.hosts[name]
        unmount_below([old.disk.root])
        for folder in (old.disk.upper, old.disk.work):
            shutil.rmtree(folder, ignore_errors=True)
        self.hosts[name] = replace(old, disk=replace(old.disk, lowers=lowers))
        self.hosts[name].disk.mount()
        self._stage(name)

    def _stage(self, name: str) -> None:
        """Write day 0 on a mounted disk, and make sshd's key there."""
        root = self.hosts[name].disk.root
        write(root, day_zero(self.estate, name, self.secrets, self.names, self.texts.get(name)))
        give_host_key(root, self.estate.hosts[name], SshAuthority(self.secrets, self.estate.name))

    def is_alive(self, name: str) -> bool:
        return self.hosts[name].is_up()

    def upper_layers(self, name: str, snapshot: Path | None) -> tuple[Path, ...]:
        """Everything above the host's image, bottom first: what makes it differ from its role."""
        below = () if snapshot is None else (snapshot / "hosts" / name,)
        return (*below, self.hosts[name].disk.upper)


def read_state(places: Places) -> Mapping[str, object] | None:
    """What runs on this machine, as the command that booted it wrote; None when nothing does."""
    try:
        state: dict[str, object] = json.loads(places.state.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return state
