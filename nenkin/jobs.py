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
    Job(
        "pay run",
        "pay a day: payments, ledger, the banks' files and their manifest",
        "payments",
        2,
        1024,
    ),
    Job("pay award", "decide a day's claims, choose their first pay date", "payments", 1, 256),
    Job("pay change", "decide a day's changes: revision, split, death, loss", "payments", 1, 256),
    Job("pay revise", "bring every award to a month's rules and ages", "payments", 1, 256),
    Job(
        "recalculate",
        "recompute changed awards and a sample by other code, list differences",
        "payments",
        1,
        512,
    ),
    Job("pay returns", "take the banks' rejected transfers in", "payments", 1, 256),
    Job("pay care", "take requests for care premiums in, write the results", "payments", 1, 256),
    Job("pay ledger", "compare the ledger with payments, files and returns", "payments", 1, 256),
)
