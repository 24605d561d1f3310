"""Snapshots: upper layers of a converged slice, kept read-only under a hash of what made them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from inventory import Estate, export
from monitors.alerting.deployment import monitoring_variables
from netconfig.derivation import ROUTED_ROLES
from netconfig.render import router_config
from playbooks.authority import LIFE, RENEW_BEFORE, Authority
from playbooks.secret_store import SecretStore
from twin.image import ImageStore
from twin.lab import Lab
from twin.places import CHECKOUT, Places
from twin.staging import day_zero

__all__ = ["find", "keep", "key"]

_SOURCES = ("playbooks", "nenkin", "monitors/dispatch", "monitors/forecast", "monitors/night")


def key(estate: Estate, slice_name: str, places: Places, secrets: SecretStore) -> str:
    """Hash of all that makes a converged slice: images, inventory, day 0, code, secrets."""
    names = estate.slice_hosts(slice_name)
    parts: list[object] = [sorted(ImageStore(places).keys().items())]
    parts.append(export.ansible_inventory(estate, names))
    for name in names:
        for file in day_zero(estate, name, secrets, names):
            parts.append([name, file.path, hashlib.sha256(file.data).hexdigest()])
    # What routers were pushed to run, and what watchers were told: the programs behind that leave nothing else on them.
    for name in names:
        if estate.hosts[name].role in ROUTED_ROLES:
            parts.append([name, router_config(estate, name, names)])
        if estate.hosts[name].role == "monitoring":
            parts.append([name, monitoring_variables(estate, name, names)])
    # Certificates of another authority would be of no use to anybody.
    authority = Authority(secrets, estate.name).variables()
    parts.append([authority["trust"], authority["issuers"], authority["ssh"]])
    parts.append(
        hashlib.sha256(json.dumps(secrets.passwords(), sort_keys=True).encode()).hexdigest()
    )
    for folder in _SOURCES:
        for path in sorted((CHECKOUT / folder).rglob("*")):
            hidden = "__pycache__" in path.parts or "build" in path.parts or "dist" in path.parts
            if (
                path.is_file()
                and not hidden
                and "verify" not in path.parts
                and path.suffix != ".md"
            ):
                parts.append([str(path.relative_to(CHECKOUT)), _sha256(path)])
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _folder(places: Places, estate: Estate, slice_name: str, of: str) -> Path:
    return places.snapshots / f"{estate.name}-{slice_name.replace(':', '-')}-{of}"


def find(estate: Estate, slice_name: str, places: Places, secrets: SecretStore) -> Path | None:
    """The snapshot of the slice as checkout and secrets stand now, or None.

    One whose certificates are soon at their end is none: it would boot into refused connections.
    """
    try:
        folder = _folder(places, estate, slice_name, key(estate, slice_name, places, secrets))
    except FileNotFoundError:
        return None
    try:
        age_s = time.time() - (folder / "complete").stat().st_mtime
    except FileNotFoundError:
        return None
    return folder if age_s < (LIFE - RENEW_BEFORE).total_seconds() else None


def keep(lab: Lab, of: str) -> Path:
    """Move the upper layers of a lab that was shut down into a snapshot; older ones go.

    The lab's disks are unmounted and gone afterwards: boot again from what is returned.
    """
    folder = _folder(lab.places, lab.estate, lab.slice_name, of)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    (partial / "hosts").mkdir(parents=True)
    for name, host in lab.hosts.items():
        host.disk.unmount()
        host.disk.upper.rename(partial / "hosts" / name)
    (partial / "complete").write_text("")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    prefix = folder.name.removesuffix(of)
    for other in _siblings(lab.places.snapshots, prefix):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def _siblings(folder: Path, prefix: str) -> Sequence[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(prefix)]
