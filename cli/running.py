"""The twin that another command left running, for the verbs that act on one."""

from __future__ import annotations

from cli.exits import RefusedCall
from inventory import Estate
from twin import bringup
from twin.lab import Lab, read_state
from twin.places import Places

__all__ = ["ensure_host", "running_lab"]


def running_lab(estate: Estate, places: Places) -> Lab:
    """The lab that is up; RefusedCall says how to boot one where there is none."""
    bringup.ensure_root()
    state = read_state(places)
    if state is None:
        raise RefusedCall("No twin is up: boot one with `hikae twin up`.")
    if state["estate"] != estate.name:
        raise RefusedCall(
            f"The twin that is up is of estate '{state['estate']}': name it with --estate."
        )
    return bringup.attach(estate, str(state["slice"]), places)


def ensure_host(lab: Lab, host: str) -> None:
    """Refuse a host that the slice does not have."""
    if host not in lab.hosts:
        raise RefusedCall(f"'{host}' is no host of this slice; see `hikae twin status`.")
