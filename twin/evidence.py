"""What a host of the lab is, read from its disk: its fingerprint above its role's image."""

from __future__ import annotations

import re
from pathlib import Path

from playbooks.fingerprint import Record, fingerprint, volatile_globs
from twin.errors import TwinFailed
from twin.image import KINDS, kind_of
from twin.lab import Lab, read_state

__all__ = ["fingerprint_of", "live_state_of"]

# Each BFD session sends from a port of its own, which it draws (RFC 5881, section 4: 49152 to 65535).
_BFD_SESSION = re.compile(r"^(udp \S+):(?:49[1-9]\d\d|5\d{4}|6[0-5]\d{3})$")

# What the staging bench and systemd itself write anew at each boot.
_BOOT = ("/var/lib/systemd/**", "/var/log/**", "/var/tmp/**", "/tmp/**", "/run/**", "/var/cache/**")


def fingerprint_of(lab: Lab, name: str) -> dict[str, Record]:
    """Every path of host `name` that differs from its image, less what its roles call volatile."""
    state = read_state(lab.places) or {}
    kept = state.get("snapshot")
    layers = lab.upper_layers(name, None if kept is None else Path(str(kept)))
    roles = (*(KINDS[kind_of(lab.role(name))][1] or ("base",)), "pki")
    return dict(fingerprint(layers, (*volatile_globs(roles), *_BOOT)))


def live_state_of(lab: Lab, name: str) -> dict[str, tuple[str, ...]]:
    """What runs on host `name` beside its files, from its console: units, sockets, firewall."""
    listed = "systemctl list-units --state=active --type=service,socket,timer --plain --no-legend"
    units = {line.split()[0] for line in _said(lab, name, listed)}
    # Protocol and local address; the peer's side of a listener says nothing.
    columns = (line.split() for line in _said(lab, name, "ss -Hlntu"))
    sockets = {_BFD_SESSION.sub(r"\1:session", f"{column[0]} {column[4]}") for column in columns}
    return {
        "units": tuple(sorted(units)),
        "sockets": tuple(sorted(sockets)),
        # How many packets a rule has counted is no part of what it is.
        "firewall": tuple(
            re.sub(r" packets \d+ bytes \d+", "", line)
            for line in _said(lab, name, "nft list ruleset")
        ),
    }


def _said(lab: Lab, name: str, command: str) -> list[str]:
    done = lab.hosts[name].exec(command.split())
    if not done.is_ok:
        raise TwinFailed(f"{name}: `{command}` failed: {done.stderr.strip()}")
    return [line for line in done.stdout.splitlines() if line.strip()]
