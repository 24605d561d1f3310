"""What a host of the lab is, read from its disk: its fingerprint above its role's image."""

from __future__ import annotations

from pathlib import Path

from playbooks.fingerprint import Record, fingerprint, volatile_globs
from twin.errors import TwinFailed
from twin.image import KINDS, kind_of
from twin.lab import Lab, read_state

__all__ = ["fingerprint_of", "live_state_of"]

_FIRST_GIVEN_PORT = 32768
# What the staging bench and systemd itself write anew at each boot.
_BOOT = ("/var/lib/systemd/**", "/var/log/**", "/var/tmp/**", "/tmp/**", "/run/**", "/var/cache/**")


def fingerprint_of(lab: Lab, name: str) -> dict[str, Record]:
    """Every path of host `name` that differs from its image, less what its roles call volatile."""
    state = read_state(lab.places) or {}
    kept = state.get("snapshot")
    layers = lab.upper_layers(name, None if kept is None else Path(str(kept)))
    roles = (*(KINDS[kind_of(lab.role(name))][1] or ("base",)), "pki", "exporters")
    return dict(fingerprint(layers, (*volatile_globs(roles), *_BOOT)))


def live_state_of(lab: Lab, name: str) -> dict[str, tuple[str, ...]]:
    """What runs on host `name` beside its files, from its console: units, sockets, firewall."""
    listed = "systemctl list-units --state=active --type=service,socket,timer --plain --no-legend"
    units = {line.split()[0] for line in _said(lab, name, listed)}
    sockets = {_listener(line.split()) for line in _said(lab, name, "ss -Hlntu")}
    return {
        "units": tuple(sorted(units)),
        "sockets": tuple(sorted(sockets)),
        "firewall": tuple(_said(lab, name, "nft --stateless list ruleset")),
    }


def _listener(columns: list[str]) -> str:
    """Protocol and local address; a port that the kernel gave (a BFD session's own) differs each time."""
    address, _, port = columns[4].rpartition(":")
    is_given = columns[0] == "udp" and port.isdecimal() and int(port) >= _FIRST_GIVEN_PORT
    return f"{columns[0]} {address}:{'given' if is_given else port}"


def _said(lab: Lab, name: str, command: str) -> list[str]:
    done = lab.hosts[name].exec(command.split())
    if not done.is_ok:
        raise TwinFailed(f"{name}: `{command}` failed: {done.stderr.strip()}")
    return [line for line in done.stdout.splitlines() if line.strip()]
