"""The batch jobs that this program declares: what each is for, what it needs, and how it is run again.

Whoever plans a night schedules them by this and watches them by their exit codes, progress and manifest.
"""

from __future__ import annotations

from dataclasses import dataclass

from nenkin.dated import rows

# What every batch ends with.
EXITS = {
    "0": "done",
    "1": "failed, the error says why; what was written is right",
    "2": "wrong call, input or setting: nothing was begun",
    "3": "database unreachable or lost: run it again",
}
FROM_TOP = "from the top; what is there is left as it is"
FROM_PART = "from the first part that is missing"
SAME_INPUT = "from the top; the same input again changes nothing"


@dataclass(frozen=True, slots=True)
class Job:
    """One batch job: its command, and what a planner must know of it.

    `io` is what it asks most of the disk for: `reads`, `writes` or `light`. Files are named by their options or
    arguments. It takes `fixed_s` and `seconds_per_million` of its unit, on as many cores as it declares. It may be split
    into `parts` at most that run beside each other (`--part N/K`), each with the needs that are told here.
    """

    name: str
    purpose: str
    database: str
    cores: int
    memory_mb: int
    connections: int = 0
    io: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    rerun: str = ""
    unit: str = ""
    fixed_s: float = 1.0
    seconds_per_million: float = 0.0
    progress: str = "stderr"
    manifest: str = "stdout"
    parts: int = 1


_RERUNS = {"top": FROM_TOP, "part": FROM_PART, "input": SAME_INPUT}


def _read() -> tuple[Job, ...]:
    """The table `jobs`; its last column says whence the times are."""
    return tuple(
        Job(
            row["name"],
            row["purpose"],
            row["database"],
            int(row["cores"]),
            int(row["memory_mb"]),
            connections=int(row["connections"]),
            io=row["io"],
            inputs=tuple(row["inputs"].split()),
            outputs=tuple(row["outputs"].split()),
            rerun=_RERUNS[row["rerun"]],
            unit=row["unit"],
            fixed_s=float(row["fixed_s"]),
            seconds_per_million=float(row["seconds_per_million"]),
            manifest=row["manifest"],
            parts=int(row["parts"] or 1),
        )
        for row in rows("jobs")
    )


JOBS: tuple[Job, ...] = _read()
