"""Reading public instances (PSPLIB's J30 to J120, RG300 and their like) in Patterson's format, and their best known ends."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from monitors.planning.project import Project, Resource, Task

__all__ = ["InvalidInstance", "best_known", "instances", "read_instance"]

BEST_KNOWN = "best_known.csv"


class InvalidInstance(Exception):
    """A file that is no instance; the text names file, line, and what to write."""


@dataclass(slots=True)
class _Numbers:
    """The numbers of a file one after another, each with its line; lines may be broken anywhere."""

    path: Path
    found: list[tuple[int, str]]
    at: int = 0

    def next(self, what: str, least: int = 0) -> int:
        if self.at == len(self.found):
            line = self.found[-1][0] if self.found else 1
            raise InvalidInstance(
                f"{self.path}:{line}: the file ends where {what} is due; complete it."
            )
        line, word = self.found[self.at]
        self.at += 1
        if not word.isdecimal() or int(word) < least:
            raise InvalidInstance(
                f"{self.path}:{line}: {what} is {word!r}; write a whole number, {least} or more."
            )
        return int(word)

    @property
    def line(self) -> int:
        """The line of the number read last."""
        return self.found[self.at - 1][0]


def read_instance(path: Path) -> Project:
    """Read one instance, its dummies among the tasks; raises InvalidInstance."""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInstance(
            f"{path}: it cannot be read as text ({error}); give a file in Patterson's format."
        ) from None
    numbers = _Numbers(
        path, [(i, w) for i, line in enumerate(text.splitlines(), 1) for w in line.split()]
    )
    jobs = numbers.next("the number of jobs", 1)
    kinds = numbers.next("the number of resources", 1)
    capacities = [numbers.next(f"the capacity of resource {k + 1}") for k in range(kinds)]
    durations, demands = [], []
    after: list[list[int]] = [[] for _ in range(jobs)]
    for job in range(jobs):
        durations.append(numbers.next(f"the duration of job {job + 1}"))
        demands.append(tuple(_demand(numbers, job, k, capacities[k]) for k in range(kinds)))
        for _ in range(numbers.next(f"the number of successors of job {job + 1}")):
            successor = numbers.next(f"a successor of job {job + 1}", 1)
            if successor > jobs or successor == job + 1:
                raise InvalidInstance(
                    f"{path}:{numbers.line}: job {job + 1} has successor {successor}; "
                    f"write another job from 1 to {jobs}."
                )
            after[successor - 1].append(job)
    if numbers.at < len(numbers.found):
        line, word = numbers.found[numbers.at]
        raise InvalidInstance(
            f"{path}:{line}: {word!r} follows the last of {jobs} jobs; take it out or correct line 1."
        )
    return Project(
        path.stem,
        tuple(
            Task(str(j + 1), durations[j], demands[j], tuple(dict.fromkeys(after[j])))
            for j in range(jobs)
        ),
        tuple(Resource(f"R{k + 1}", ((0, units),)) for k, units in enumerate(capacities)),
    )


def _demand(numbers: _Numbers, job: int, kind: int, capacity: int) -> int:
    demand = numbers.next(f"the demand of job {job + 1} for resource {kind + 1}")
    if demand > capacity:
        raise InvalidInstance(
            f"{numbers.path}:{numbers.line}: job {job + 1} demands {demand} units of resource {kind + 1}, "
            f"of which there are {capacity}; lower the demand or raise the capacity."
        )
    return demand


def instances(folder: Path) -> list[Path]:
    """List the instances of a folder by set and number; raises InvalidInstance where there is none."""
    found = [path for path in folder.glob("*.txt") if not path.name.lower().startswith("readme")]
    if not found:
        raise InvalidInstance(
            f"{folder}: it holds no instance; give a folder of *.txt files in Patterson's format."
        )
    return sorted(found, key=lambda path: [*_natural(path.stem)])


def _natural(name: str) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)
    ]


def best_known(folder: Path) -> dict[str, int]:
    """Read the best known ends by instance (without `.txt`); none where the folder has no such file."""
    path = folder / BEST_KNOWN
    if not path.exists():
        return {}
    ends: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        for row in rows:
            if not row or (rows.line_num == 1 and row[0] == "instance"):
                continue
            if len(row) < 2 or not row[1].strip().isdecimal():
                raise InvalidInstance(
                    f"{path}:{rows.line_num}: {','.join(row)!r} is no best known end; write `instance.txt,end`."
                )
            ends[row[0].removesuffix(".txt")] = int(row[1])
    return ends
