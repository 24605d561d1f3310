"""Builds the missing images: every layer by the playbooks, over SSH to an `sshd -i` on a pipe."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from inventory import Estate, export
from playbooks import run
from playbooks.secrets import SecretStore
from twin.disk import Disk
from twin.errors import ImageFailed
from twin.image import KINDS, ImageStore, kind_of
from twin.places import CHECKOUT, Places
from twin.wheel import nenkin_wheel

__all__ = ["build_images"]

Doing = Callable[[str], None]


def build_images(
    estate: Estate, hosts: Collection[str], places: Places, secrets: SecretStore, doing: Doing
) -> None:
    """Build every image that `hosts` boot and that is not there; raises ImageFailed with a log."""
    store = ImageStore(places)
    keys = store.keys()
    needed = {kind_of(estate.hosts[name].role) for name in hosts} | {"base"}
    missing = [kind for kind in KINDS if kind in needed and not store.is_complete(kind, keys[kind])]
    if not missing:
        return
    store.build_debian(doing)
    # Every other layer lies on `base`, so that one comes first, alone.
    for batch in (["base"], [kind for kind in missing if kind != "base"]):
        todo = [kind for kind in batch if kind in missing]
        if todo:
            doing(f"installing packages into {', '.join(todo)}")
            _build_layers(estate, todo, store, places, secrets, doing)


def _build_layers(
    estate: Estate,
    kinds: Sequence[str],
    store: ImageStore,
    places: Places,
    secrets: SecretStore,
    doing: Doing,
) -> None:
    keys = store.keys()
    workshop = places.run / "workshop"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    disks: dict[str, Disk] = {}
    try:
        for kind in kinds:
            disks[kind] = store.begin(kind, keys[kind], workshop / kind)
            _furnish(disks[kind].root, secrets)
        config = _ssh_config(disks, workshop, secrets)
        servers = [kind for kind in kinds if kind != "terminal"]
        if servers:
            variables = {
                "hikae_image_build": True,
                "hikae_secrets": secrets.passwords(),
                "hikae_netops_key": secrets.public("netops"),
                "hikae_nenkin_wheel": str(nenkin_wheel(places)),
            }
            outcome = run.run_ansible(
                run.AnsibleRun(
                    inventory=_inventory(estate, servers),
                    ssh_config=config,
                    variables=variables,
                    tags=("packages",),
                    workdir=workshop / "ansible",
                    forks=2,
                ),
                on_line=lambda line: _tell(line, doing),
            )
            _refuse_failed(outcome.failed_hosts, outcome.log)
        if "terminal" in kinds:
            outcome_t = run.run_pyinfra(
                run.PyinfraRun(
                    hosts=_terminal(estate),
                    ssh_config=config,
                    variables={"hikae_image_build": True},
                    workdir=workshop / "pyinfra",
                ),
                on_line=lambda line: _tell(line, doing),
            )
            _refuse_failed(outcome_t.failed_hosts, outcome_t.log)
        for kind, disk in disks.items():
            _strip(disk.root)
            store.finish(kind, keys[kind], disk.root)
    finally:
        for disk in disks.values():
            disk.unmount()
            shutil.rmtree(disk.work, ignore_errors=True)
        shutil.rmtree(workshop, ignore_errors=True)
