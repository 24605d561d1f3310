"""Scenario files: found by name, read whole, refused with every fault at once.

The scenarios of the shipped estate are in `dr/scenarios/`. An estate in a folder of its own keeps
its scenarios in `scenarios/` inside that folder, and only those.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from dr.form_faults import form_fault, in_order
from dr.scenario import STEP_KINDS, Expectation, Load, Scenario, Steady
from inventory.errors import EstateError
from inventory.marks import Marks, Place, read_marked

__all__ = [
    "SHIPPED",
    "InvalidScenario",
    "ReadScenario",
    "UnknownScenario",
    "find_scenario",
    "list_scenarios",
    "read_scenario",
    "scenario_folder",
]

SHIPPED = Path(__file__).parent / "scenarios"
_PARTS: dict[str, type[BaseModel]] = {"load": Load, "steady": Steady, "expect": Expectation}


class InvalidScenario(Exception):
    """A scenario that must not be run; `errors` holds everything that is wrong with it."""

    def __init__(self, errors: tuple[EstateError, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


class UnknownScenario(Exception):
    """There is no scenario of this name; the sentence names those that there are."""


class ReadScenario:
    """A scenario with the place of each of its keys, for faults that are found later."""

    def __init__(self, scenario: Scenario, marks: Marks, *, is_moved: bool = False) -> None:
        self.scenario, self.marks = scenario, marks
        self.is_moved = is_moved
        """Whether it is tried on another slice than its own: services that are not there are left out."""

    def changed(self, **fields: object) -> ReadScenario:
        """Give a copy with other values, as the command line may ask for."""
        scenario = self.scenario.model_copy(update=fields)
        is_moved = self.is_moved or scenario.slice != self.scenario.slice
        return ReadScenario(scenario, self.marks, is_moved=is_moved)


def scenario_folder(estate_folder: Path | None) -> Path:
    """Give the folder with an estate's scenarios; None = the shipped estate."""
    return SHIPPED if estate_folder is None else estate_folder / "scenarios"


def list_scenarios(folder: Path) -> tuple[str, ...]:
    """Give the names of the scenarios in a folder, in order."""
    return tuple(sorted(path.stem for path in folder.glob("*.yml")))


def find_scenario(name: str, folder: Path) -> ReadScenario:
    """Read a scenario by name; UnknownScenario or InvalidScenario where that is impossible."""
    known = list_scenarios(folder)
    if name not in known:
        there = ", ".join(known) or "none"
        raise UnknownScenario(f"there is no scenario '{name}' in {folder}; there are: {there}")
    return read_scenario(folder / f"{name}.yml")


def read_scenario(path: Path) -> ReadScenario:
    """Read one file; InvalidScenario names every fault of its form."""
    marks = Marks(path.name)
    raw, errors = read_marked(path, marks)
    if errors:
        raise InvalidScenario(tuple(errors))
    errors = _faults_of_steps(raw, marks)
    # A faulty step is known by now; the rest is checked without its steps' faults.
    steps = raw.get("steps")
    sound = raw if not errors else raw | {"steps": [_SOUND_STEP]}
    try:
        scenario = Scenario.model_validate(sound if isinstance(steps, list) else raw)
    except ValidationError as error:
        errors += [form_fault(Scenario, _PARTS, detail, (), marks) for detail in error.errors()]
        raise InvalidScenario(in_order(errors)) from None
    if scenario.name != path.stem:
        wanted = f"write `name: {path.stem}` or rename the file"
        errors.append(marks.fault(("name",), scenario.name, "is not the file's name", wanted))
    if errors:
        raise InvalidScenario(in_order(errors))
    return ReadScenario(scenario, marks)


_SOUND_STEP = {
    "id": "step",
    "kind": "heal",
    "title": "-",
    "title_ja": "-",
    "who": "machine",
    "decides": "machine",
    "deadline_s": 1,
    "runbook": "step",
}


def _faults_of_steps(raw: dict[str, Any], marks: Marks) -> list[EstateError]:
    """Check each step against the model of its kind: a union's own errors would name every kind."""
    steps = raw.get("steps")
    if not isinstance(steps, list):
        return []
    errors: list[EstateError] = []
    known = ", ".join(STEP_KINDS)
    for index, step in enumerate(steps):
        place: Place = ("steps", index)
        if not isinstance(step, dict):
            errors.append(marks.fault(place, None, "is no step", "write a mapping with an `id:`"))
            continue
        kind = step.get("kind")
        if kind not in STEP_KINDS:
            here = (*place, "kind") if "kind" in step else place
            message = "is no kind of step" if "kind" in step else "has no kind"
            errors.append(marks.fault(here, kind, message, f"choose one of {known}"))
            continue
        try:
            STEP_KINDS[kind].model_validate(step)
        except ValidationError as error:
            details = error.errors()
            errors += [form_fault(STEP_KINDS[kind], {}, detail, place, marks) for detail in details]
    return errors
