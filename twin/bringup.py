"""From nothing to a running, converged slice: machine, images, hosts, convergence, snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dr.progress import Progress
from inventory import Estate
from playbooks.secret_store import SecretStore
from twin import machine, snapshot
from twin.building import build_images
from twin.conductor import Conductor, backup_bastion
from twin.converge import converge, wait_serving
from twin.errors import TwinBusy, TwinFailed
from twin.home import bring_home
from twin.lab import Lab, clear_leftovers, read_state
from twin.machine import ensure_root
from twin.places import Places
from twin.stores import wait_stores
from twin.verification import complaint_of, verify

__all__ = [
    "attach",
    "bring_up",
    "conductor_of",
    "ensure_free",
    "ensure_root",
    "make_snapshot",
    "prepare",
]


def ensure_free(places: Places) -> None:
    """Clear what a killed command left; refuse when a twin was left running on purpose."""
    ensure_root()
    state = read_state(places)
    if state is not None and state.get("kept"):
        raise TwinBusy(
            f"A twin of slice {state['slice']} is up: end it with `hikae twin down` first."
        )
    clear_leftovers(places)


def conductor_of(lab: Lab, **how: Any) -> Conductor:
    """The conductor in the backup centre's bastion of a lab; `how`: who acts, and on what (see Conductor)."""
    bastion = backup_bastion(lab.estate, lab.names)
    return Conductor(lab.estate, lab.names, bastion, lab.secrets, lab.places, **how)


def secrets_of(estate: Estate, places: Places) -> SecretStore:
    """The estate's secrets on this machine."""
    return SecretStore(places.secrets(estate.name))


def attach(estate: Estate, slice_name: str, places: Places) -> Lab:
    """The lab that another command booted, at hand again."""
    lab = Lab(estate, slice_name, places, secrets_of(estate, places))
    state = read_state(places) or {}
    kept = state.get("snapshot")
    lab.attach(None if kept is None else Path(str(kept)), is_running=True)
    return lab


def prepare(
    estate: Estate,
    slice_name: str,
    places: Places,
    progress: Progress,
    secrets: SecretStore | None = None,
) -> None:
    """Check the machine, install what the twin runs on, build what images are missing (`secrets`: not the estate's)."""
    progress.phase("machine")
    hosts = estate.slice_hosts(slice_name)
    progress.doing("checking root, kernel, disk and memory")
    machine.refuse_unfit(places, machine.need_of(len(hosts)))
    if machine.missing_programs():
        progress.doing(f"installing {', '.join(machine.missing_programs())}")
        machine.install_packages()
    progress.phase("images")
    build_images(estate, hosts, places, secrets or secrets_of(estate, places), progress.doing)


def bring_up(
    estate: Estate,
    slice_name: str,
    places: Places,
    progress: Progress,
    *,
    bare: bool = False,
    from_snapshot: bool = True,
    acting: Mapping[str, str] = MappingProxyType({}),
) -> Lab:
    """Boot a slice and return it converged and serving (with `bare`: as day 0 made it).

    `acting`: `person` and `change`, in whose name hosts are provisioned.
    """
    prepare(estate, slice_name, places, progress)
    secrets = secrets_of(estate, places)
    found = snapshot.find(estate, slice_name, places, secrets) if from_snapshot else None
    if found is None and from_snapshot and not bare:
        found = _converge_and_keep(estate, slice_name, places, progress, acting)
        clear_leftovers(places)
    lab = Lab(estate, slice_name, places, secrets)
    progress.phase("boot")
    lab.up(None if bare else found, progress.doing)
    if not bare:
        conductor = conductor_of(lab, **acting)
        with conductor.at_bastion():
            if found is None:
                progress.phase("provision")
                converge(lab, conductor, progress.doing)
            progress.phase("service")
            _wait_at_home(lab, conductor, progress)
            if found is None:
                _prove(lab, conductor, progress)
    return lab


def make_snapshot(
    estate: Estate,
    slice_name: str,
    places: Places,
    progress: Progress,
    acting: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """Boot a slice bare, converge it, shut it down in order and keep its upper layers."""
    prepare(estate, slice_name, places, progress)
    return _converge_and_keep(estate, slice_name, places, progress, acting)


def _converge_and_keep(
    estate: Estate, slice_name: str, places: Places, progress: Progress, acting: Mapping[str, str]
) -> Path:
    secrets = secrets_of(estate, places)
    lab = Lab(estate, slice_name, places, secrets)
    progress.phase("bare boot")
    lab.up(None, progress.doing)
    progress.phase("provision")
    conductor = conductor_of(lab, **acting)
    with conductor.at_bastion():
        converge(lab, conductor, progress.doing)
        _wait_at_home(lab, conductor, progress)
        _prove(lab, conductor, progress)
    progress.phase("snapshot")
    of = snapshot.key(estate, slice_name, places, secrets)
    lab.shut_down(progress.doing)
    return snapshot.keep(lab, of)


def _wait_at_home(lab: Lab, conductor: Conductor, progress: Progress) -> None:
    """Wait until all serves with both copies standing, and every cluster is led from its home."""
    wait_serving(lab, conductor, progress.doing, deadline_s=120)
    wait_stores(lab, conductor, progress.doing, deadline_s=60)
    if bring_home(lab, conductor, progress.doing, deadline_s=90):
        wait_serving(lab, conductor, progress.doing, deadline_s=90)


def _prove(lab: Lab, conductor: Conductor, progress: Progress) -> None:
    """After every provision: the read-only suite finds nothing, or TwinFailed."""
    progress.phase("verify")
    if complaint := complaint_of(lab, verify(lab, conductor, progress.doing)):
        raise TwinFailed(complaint)
