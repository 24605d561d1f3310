"""What a verb acts on: the twin that another command left running, or production from its bastion."""

from __future__ import annotations

from dataclasses import dataclass

from cli.acting import Acting
from cli.exits import RefusedCall
from cli.options import Call
from inventory import Estate
from twin import bringup
from twin.conductor import Conductor
from twin.fleet import Fleet
from twin.lab import Lab, read_state
from twin.places import Places
from twin.production import conductor_here, production

__all__ = ["Reached", "ensure_host", "places_of", "reach", "running_lab"]


@dataclass(frozen=True, slots=True)
class Reached:
    """Hosts, and the bastion from which they are reached."""

    fleet: Fleet
    conductor: Conductor


def places_of(call: Call) -> Places:
    """The folders of what the call acts on: a run on production never looks at the twin's."""
    return Places.of_production() if call.is_production else Places.default()


def reach(call: Call, acting: Acting, *, only: str = "") -> Reached:
    """What `--on` names, ready to be acted on, all hosts or one; a refusal says how to get there."""
    places = places_of(call)
    if call.is_production:
        bringup.ensure_root()
        fleet = production(call.estate(), call.slice_name or "full", places)
        conductor = conductor_here(fleet, only=only, **acting.named)
    else:
        fleet = running_lab(call.estate(), places)
        if call.slice_name not in (None, fleet.slice_name):
            raise RefusedCall(f"The twin that is up is of slice {fleet.slice_name}.")
        conductor = bringup.conductor_of(fleet, only=only, **acting.named)
    return Reached(fleet, conductor)


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


def ensure_host(fleet: Fleet, host: str) -> None:
    """Refuse a host that the slice does not have."""
    if host not in fleet.names:
        raise RefusedCall(f"'{host}' is no host of this slice; see `hikae twin status`.")
