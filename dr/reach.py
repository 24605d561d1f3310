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


def is_planned(scenario: Scenario) -> bool:
    """Tell whether a scenario asks for nothing but what people do over SSH."""
    return not any(step.kind in _BEYOND for step in scenario.steps)


def planned_scenarios(folder: Path) -> tuple[str, ...]:
    """Give the names of the scenarios that need no hypervisor; those that cannot be read are left out."""
    found = []
    for name in list_scenarios(folder):
        try:
            read = find_scenario(name, folder)
        except InvalidScenario:
            continue
        if is_planned(read.scenario):
            found.append(name)
    return tuple(found)


def refuse_hypervisor(read: ReadScenario, planned: Sequence[str]) -> None:
    """Refuse a scenario that needs the hypervisor: InvalidScenario names each such step and the planned form.

    Load goes to production with a planned scenario only, so this keeps the clients away as well.
    """
    remedy = f"use {_either(planned)}" if planned else "write a planned scenario (switchover)"
    errors = [
        read.marks.fault(
            ("steps", index, "kind"),
            step.kind,
            f"{_BEYOND[step.kind]}: {read.scenario.name} needs the hypervisor, and production is "
            "reached by SSH only",
            remedy,
        )
        for index, step in enumerate(read.scenario.steps)
        if step.kind in _BEYOND
    ]
    if errors:
        raise InvalidScenario(tuple(errors))


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)
