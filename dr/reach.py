"""What a drill may do to an estate that is reached by SSH only: what people may plan, and no disaster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dr.scenario import Scenario
from dr.scenario_file import InvalidScenario, ReadScenario, find_scenario, list_scenarios

__all__ = ["is_planned", "planned_scenarios", "refuse_hypervisor"]

_BEYOND: Mapping[str, str] = {
    "crash_area": "kills hosts",
    "crash_leader": "kills a host",
    "crash_votes": "kills hosts",
    "cut_area": "takes lines down",
    "block_port": "drops a port inside the networks",
    "heal": "brings lines back",
    "boot": "starts dead hosts",
}
"""Kind of step → what it does that no SSH session can."""
_HARM: Mapping[str, str] = {"wrong_delete": "deletes living records"}
"""Kind of step → what it does that nobody may do to people's pensions for the sake of a drill."""


def is_planned(scenario: Scenario) -> bool:
    """Tell whether a scenario asks for nothing but what people do over SSH, and harms nothing."""
    return not any(step.kind in _BEYOND or step.kind in _HARM for step in scenario.steps)


def planned_scenarios(folder: Path) -> tuple[str, ...]:
    """Give the names of the scenarios that production takes; those that cannot be read are left out.

    Where some of them move the lead in order, these only: they stand in for a disaster.
    """
    found, moving = [], []
    for name in list_scenarios(folder):
        try:
            read = find_scenario(name, folder)
        except InvalidScenario:
            continue
        if is_planned(read.scenario):
            found.append(name)
            if any(step.kind == "switchover" for step in read.scenario.steps):
                moving.append(name)
    return tuple(moving or found)


def refuse_hypervisor(read: ReadScenario, planned: Sequence[str]) -> None:
    """Refuse a scenario that needs the hypervisor or harms: InvalidScenario names each such step and the planned form.

    Load goes to production with a planned scenario only, so this keeps the clients away as well.
    """
    remedy = f"use {_either(planned)}" if planned else "write a planned scenario (switchover)"
    name = read.scenario.name
    beyond = f"{name} needs the hypervisor, and production is reached by SSH only"
    said = {kind: f"{does}: {beyond}" for kind, does in _BEYOND.items()}
    said |= {kind: f"{does}: {name} is for the twin only" for kind, does in _HARM.items()}
    errors = [
        read.marks.fault(("steps", index, "kind"), step.kind, said[step.kind], remedy)
        for index, step in enumerate(read.scenario.steps)
        if step.kind in said
    ]
    if errors:
        raise InvalidScenario(tuple(errors))


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)
