"""The batch jobs that this program declares: what it can run at night, and what each one needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One batch job: its purpose, the database it works on, its need of CPU and memory."""

    name: str
    purpose: str
    database: str
    cores: int
    memory_mb: int


JOBS: tuple[Job, ...] = (
    Job("match", "find numbers that may be one person's, for review", "numbers", 1, 256),
    Job("promote", "list who must be enrolled and is in no category", "numbers", 1, 256),
)
