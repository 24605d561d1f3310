"""A plan in a file, `plans/<day>.json`: written whole or not at all, read by whoever dispatches or forecasts the night."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

from monitors.night.plan import Plan, PlannedJob

__all__ = [
    "FORMAT",
    "InvalidPlan",
    "plan_document",
    "plan_path",
    "read_plan",
    "write_plan",
    "write_whole",
]

FORMAT = 1


class InvalidPlan(Exception):
    """A file that is no plan, or of a format that this version does not read."""


def plan_path(folder: Path, day: date) -> Path:
    """Where the plan of a day lies in a folder of plans."""
    return folder / f"{day.isoformat()}.json"


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON knows it; minutes stay numbers from 00:00 of the operating day."""
    document = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan)}
    return {
        "format": FORMAT,
        **document,
        "day": plan.day.isoformat(),
        "hardware": dict(plan.hardware),
        "without": list(plan.without),
        "moved": list(plan.moved),
        "jobs": [dataclasses.asdict(job) for job in plan.jobs],
    }


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan; a reader sees the old one or the new one, never half of one. OSError."""
    write_whole(path, json.dumps(plan_document(plan), ensure_ascii=False, indent=1) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a text into a folder that is made where it lacks; nobody reads half of it. OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def read_plan(path: Path) -> Plan:
    """The plan of a file; InvalidPlan says what is wrong with it and how to make it anew."""
    remedy = "make it anew with `hikae batch plan`"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = document.pop("format")
    except OSError as error:
        raise InvalidPlan(f"{path} cannot be read ({error.strerror}); {remedy}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidPlan(f"{path} is no plan of a night; {remedy}") from error
    if found != FORMAT:
        raise InvalidPlan(f"{path} is of format {found}, this version reads {FORMAT}; {remedy}")
    try:
        document["day"] = date.fromisoformat(document["day"])
        document["without"] = tuple(document["without"])
        document["moved"] = tuple(document["moved"])
        document["jobs"] = tuple(PlannedJob(**job) for job in document["jobs"])
        return Plan(**document)
    except (TypeError, ValueError, KeyError) as error:
        raise InvalidPlan(f"{path} is no plan of a night ({error}); {remedy}") from error
