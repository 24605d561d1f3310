"""What the suite knows of a host: what the inventory says of it, and what the host itself said, once a session."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from testinfra.host import Host

from playbooks.pack import Entry, read_tree

__all__ = ["HostState", "answering", "gather", "of_each", "static_files"]

T = TypeVar("T")
R = TypeVar("R")

_FOLDER = Path(__file__).resolve().parent
_ROLES = _FOLDER.parent / "roles"
# Described on every host beside the static files.
_ALSO = (
    "/etc/chrony/chrony.conf",
    "/etc/frr/daemons",
    "/etc/frr/frr.conf",
    "/etc/hikae/tls/host.pem",
    "/etc/hosts",
    "/etc/nftables.conf",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/passwd",
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/sudoers",
)
# Hosts answer at the cost of their own Python: more at once than this only queue on two cores.
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class HostState:
    """One host: `said` is what collect.py printed there, `variables` what the inventory says of it."""

    name: str
    # Kept out of every message: pytest prints what an assertion compared.
    variables: Mapping[str, Any] = field(repr=False)
    said: Mapping[str, Any] = field(repr=False)

    @property
    def role(self) -> str:
        """The host's role in the inventory."""
        return str(self.variables["hikae_role"])

    def is_active(self, unit: str) -> bool:
        """Whether the unit runs."""
        return bool(self.said["units"].get(unit, {}).get("ActiveState") == "active")

    def is_enabled(self, unit: str) -> bool:
        """Whether the unit starts with the host."""
        state = self.said["units"].get(unit, {}).get("UnitFileState")
        return state in ("enabled", "static", "alias", "indirect")

    def file(self, path: str) -> Mapping[str, Any]:
        """Mode, owner, group, link target and content hash of a file; nothing when it is not there."""
        found: Mapping[str, Any] = self.said["files"].get(path, {})
        return found


@cache
def static_files(role: str) -> tuple[Entry, ...]:
    """Files that the trees of roles `base` and `router` put on a host of this role of the inventory."""
    trees = [("base", "tree")]
    trees += [("base", "bastion")] if role == "bastion" else []
    trees += [("router", "frr")] if role in ("router", "balancer") else []
    trees += [("router", "tree")] if role == "router" else []
    return tuple(
        entry for name, tree in trees for entry in read_tree(_ROLES / name / "files", tree)
    )


def gather(hosts: Mapping[str, Host], inventory: Mapping[str, Any]) -> dict[str, HostState | str]:
    """Ask every host; one that did not answer has its error instead of a state."""
    named = {name: (name, host) for name, host in hosts.items()}
    return of_each(named, lambda item: _ask(*item, inventory))


def answering(states: Mapping[str, HostState | str]) -> dict[str, HostState]:
    """The hosts that answered."""
    return {name: state for name, state in states.items() if not isinstance(state, str)}


def of_each(hosts: Mapping[str, T], ask: Callable[[T], R]) -> dict[str, R]:
    """Ask some at a time, by name: asking is mostly waiting."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(hosts, pool.map(ask, hosts.values()), strict=True))


def _ask(name: str, host: Host, inventory: Mapping[str, Any]) -> HostState | str:
    everything = inventory["all"]
    own = everything["hosts"].get(name)
    if own is None:
        return f"{name} is not in the inventory"
    variables = {**everything.get("vars", {}), **own}
    wanted = sorted({entry.path for entry in static_files(variables["hikae_role"])} | set(_ALSO))
    script = (_FOLDER / "collect.py").read_text(encoding="utf-8")
    try:
        done = host.run("sudo -n python3 -B -c %s" + " %s" * len(wanted), script, *wanted)
    except RuntimeError as error:
        # What testinfra raises where ssh itself failed: the result, whose words are the whole script.
        done = error.args[0]
    if done.rc != 0:
        return f"{name} did not answer: {done.stderr.strip()[-300:]}"
    return HostState(name, variables, json.loads(done.stdout))
