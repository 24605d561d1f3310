"""Images: one Debian base, and on it one overlay layer for each kind of role, cached by content.

A layer is made by the same playbooks as everything else (`--tags packages`), over SSH to an
`sshd -i` on a pipe: nothing listens, and no list of packages exists beside the roles.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from playbooks.terminals.wanted import packages
from twin.disk import Disk, unmount_below
from twin.errors import ImageFailed
from twin.places import CHECKOUT, Places
from twin.shell import call

__all__ = ["KINDS", "Image", "ImageStore", "kind_of"]

# Which roles of the inventory share an image, and which roles of the playbooks make it.
KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # Every server is watched, so what watches it lies in the layer below all others.
    "base": (("bastion",), ("base", "exporters")),
    "monitoring": (("monitoring",), ("base", "monitoring")),
    "router": (("router", "provider"), ("base", "router")),
    "etcd": (("etcd",), ("base", "etcd")),
    "store": (("store",), ("base", "objectstore")),
    "postgres": (("database", "restore"), ("base", "exporters", "backup", "postgres")),
    "balancer": (("balancer",), ("base", "router", "balancer")),
    "nenkin": (("application",), ("base", "nenkin")),
    "batch": (("batch",), ("base", "nenkin", "batch")),
    "terminal": (("terminal",), ()),
}
_SUITE = "bookworm"
_BASE_PACKAGES = (
    "ca-certificates",
    "dbus",
    "ifupdown",
    "iproute2",
    "iputils-ping",
    "nftables",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "sudo",
    "systemd",
    "systemd-sysv",
)
# Units that only cost boot time on a host whose console is a pipe and whose disk is an overlay.
_MASKED = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "console-getty.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "getty.target",
    "systemd-logind.service",
)
_HOOK = (
    'chroot "$1" useradd --create-home --uid 1000 --shell /bin/bash ops && '
    "echo 'ops ALL=(ALL) NOPASSWD: ALL' > \"$1/etc/sudoers.d/ops\" && "
    'chmod 440 "$1/etc/sudoers.d/ops" && '
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id "$1"/etc/hostname && '
    'touch "$1/etc/machine-id" && chroot "$1" systemctl mask ' + " ".join(_MASKED)
)
_COMPLETE = "image.json"
# What a role's package tasks put into an image beside packages, or are told by.
_PACKAGE_FILES = (
    "defaults/main.yml",
    "files/*.lock",
    "files/**/createcluster.conf",
    "files/frr.service.d/*",
)

Doing = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Image:
    """A finished image: its layers from bottom to top and what is installed in it."""

    kind: str
    key: str
    layers: tuple[Path, ...]
    manifest: tuple[tuple[str, str, str], ...]


def kind_of(role: str) -> str:
    """The kind of image that hosts of an inventory role boot."""
    return next(kind for kind, (roles, _) in KINDS.items() if role in roles)


def base_key() -> str:
    """Hash of everything that goes into the Debian base."""
    return _digest([_SUITE, _BASE_PACKAGES, _MASKED, _HOOK])


def layer_key(kind: str, below: str) -> str:
    """Hash of everything that goes into the layer of `kind` upon the layer with key `below`."""
    parts: list[Any] = [below, kind]
    for role in KINDS[kind][1]:
        parts.append(_package_inputs(CHECKOUT / "playbooks" / "roles" / role))
    if kind in ("nenkin", "batch"):
        parts.append((CHECKOUT / "nenkin/requirements.lock").read_text())
    if kind == "batch":
        parts.append((CHECKOUT / "monitors/requirements.lock").read_text())
    if kind == "terminal":
        parts.append(packages())
    return _digest(parts)


def _package_inputs(role: Path) -> list[Any]:
    """The role's package tasks, defaults and lock files: nothing else ends in an image."""
    inputs: list[Any] = []
    for path in sorted((role / "tasks").glob("*.yml")):
        for task in yaml.safe_load(path.read_text()) or []:
            if "packages" in (task.get("tags") or []):
                inputs.append(task)
                imported = task.get("ansible.builtin.import_tasks")
                if imported:
                    inputs.append((role / "tasks" / imported).read_text())
    for pattern in _PACKAGE_FILES:
        inputs += [path.read_text() for path in sorted(role.glob(pattern))]
    return inputs


def _digest(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


class ImageStore:
    """The images on this machine, found by content."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def folder(self, kind: str, key: str) -> Path:
        return self.places.images / f"{kind}-{key}"

    def is_complete(self, kind: str, key: str) -> bool:
        """Whether that layer was built to its end: the manifest is written last."""
        return (self.folder(kind, key) / _COMPLETE).exists()

    def keys(self) -> dict[str, str]:
        """The key of every kind as the checkout stands now; `debian` is the bottom."""
        debian = base_key()
        found = {"debian": debian, "base": layer_key("base", debian)}
        for kind in KINDS:
            if kind != "base":
                below = debian if kind == "terminal" else found["base"]
                found[kind] = layer_key(kind, below)
        return found

    def image(self, kind: str) -> Image:
        """The finished image of `kind`."""
        keys = self.keys()
        names = ["debian"] if kind in ("base", "terminal") else ["debian", "base"]
        layers = tuple(self.folder(name, keys[name]) / "layer" for name in (*names, kind))
        text = (self.folder(kind, keys[kind]) / _COMPLETE).read_text()
        manifest = tuple((row[0], row[1], row[2]) for row in json.loads(text)["manifest"])
        return Image(kind, keys[kind], layers, manifest)

    def build_debian(self, doing: Doing) -> None:
        """Make the Debian base with mmdebstrap, unless it is there."""
        key = base_key()
        folder = self.folder("debian", key)
        if self.is_complete("debian", key):
            return
        doing("installing Debian 12 into the base image")
        self._clear(folder)
        layer = folder / "layer"
        layer.parent.mkdir(parents=True)
        argv = [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            f"--include={','.join(_BASE_PACKAGES)}",
        ]
        argv += [
            "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--dpkgopt=force-unsafe-io",
        ]
        argv += [f"--customize-hook={_HOOK}", _SUITE, str(layer)]
        done = call(argv, deadline_s=1200, check=False)
        (folder / "build.log").write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            words = done.stderr.strip().splitlines()[-3:]
            raise ImageFailed(f"mmdebstrap failed: {' '.join(words)} ({folder / 'build.log'})")
        # Only while it is made: what is cut off is made anew.
        options = layer / "etc/dpkg/dpkg.cfg.d/99mmdebstrap"
        lines = options.read_text().splitlines(keepends=True)
        options.write_text("".join(line for line in lines if line.strip() != "force-unsafe-io"))
        self.finish("debian", key, layer)

    def begin(self, kind: str, key: str, mount: Path) -> Disk:
        """Mount an empty layer of `kind` for building; the caller finishes or abandons it."""
        keys = self.keys()
        folder = self.folder(kind, key)
        self._clear(folder)
        lowers = ["debian"] if kind in ("base", "terminal") else ["debian", "base"]
        disk = Disk(
            mount,
            folder / "layer",
            folder / "work",
            tuple(self.folder(name, keys[name]) / "layer" for name in lowers),
        )
        disk.mount()
        return disk

    def finish(self, kind: str, key: str, root: Path) -> None:
        """Write the manifest, which makes the image complete."""
        folder = self.folder(kind, key)
        manifest = _manifest(root)
        # Packages were unpacked without waiting for the disk: what is called complete is on it.
        os.sync()
        temporary = folder / f".{_COMPLETE}"
        temporary.write_text(json.dumps({"kind": kind, "key": key, "manifest": manifest}))
        temporary.rename(folder / _COMPLETE)

    def _clear(self, folder: Path) -> None:
        unmount_below([folder])
        if folder.exists():
            shutil.rmtree(folder)


def _manifest(root: Path) -> list[tuple[str, str, str]]:
    """Bill of materials of a root: (package, version, licences) of Debian and Python packages."""
    rows = []
    shown = call(
        ["chroot", str(root), "dpkg-query", "--show", "--showformat=${Package}\t${Version}\n"]
    )
    for line in shown.stdout.splitlines():
        name, version = line.split("\t")
        rows.append((name, version, _debian_licences(root, name)))
    for metadata in sorted(root.glob("opt/*/lib/python3*/site-packages/*.dist-info/METADATA")):
        fields = _python_fields(metadata)
        rows.append((f"python:{fields['Name']}", fields["Version"], fields["License"]))
    return rows


def _debian_licences(root: Path, package: str) -> str:
    """Licence names of a machine-readable copyright file (DEP-5); empty when it is prose."""
    path = root / "usr/share/doc" / package / "copyright"
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    names = {
        line.split(":", 1)[1].strip()
        for line in text.splitlines()
        if line.startswith("License:") and line.split(":", 1)[1].strip()
    }
    return ", ".join(sorted(names))


def _python_fields(metadata: Path) -> dict[str, str]:
    fields = {"Name": "", "Version": "", "License": ""}
    for line in metadata.read_text(errors="replace").splitlines():
        if not line:
            break
        key, _, value = line.partition(": ")
        if key in ("License-Expression", "License") and not fields["License"]:
            fields["License"] = value
        elif key in ("Name", "Version"):
            fields[key] = value
    return fields
