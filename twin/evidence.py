"""What a host of the lab is, read from its disk: its fingerprint above its role's image."""

from __future__ import annotations

from pathlib import Path

from playbooks.fingerprint import Record, fingerprint, volatile_globs
from twin.image import KINDS, kind_of
from twin.lab import Lab, read_state

__all__ = ["fingerprint_of"]

# What the staging bench and systemd itself write anew at each boot.
_BOOT = ("/var/lib/systemd/**", "/var/log/**", "/var/tmp/**", "/tmp/**", "/run/**", "/var/cache/**")


def fingerprint_of(lab: Lab, name: str) -> dict[str, Record]:
    """Every path of host `name` that differs from its image, less what its roles call volatile."""
    state = read_state(lab.places) or {}
    kept = state.get("snapshot")
    layers = lab.upper_layers(name, None if kept is None else Path(str(kept)))
    roles = KINDS[kind_of(lab.role(name))][1] or ("base",)
    return dict(fingerprint(layers, (*volatile_globs(roles), *_BOOT)))
