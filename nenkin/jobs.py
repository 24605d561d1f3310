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
    Job("adopt", "take over the numbers that the records issued before", "numbers", 1, 256),
    Job("promote", "list who must be enrolled and is in no category", "numbers", 1, 256),
    Job(
        "pay run",
        "pay a day: payments, ledger, the banks' files and their manifest",
        "payments",
        2,
        1024,
    ),
    Job("pay award", "decide a day's claims, choose their first pay date", "payments", 1, 256),
    Job("pay returns", "take the banks' rejected transfers in", "payments", 1, 256),
    Job("pay care", "take requests for care premiums in, write the results", "payments", 1, 256),
    Job(
        "statements run",
        "the yearly statements of a birth month, and their manifest",
        "records",
        2,
        1024,
    ),
    Job("usage", "which forms and outputs nobody uses, and which are alike", "records", 1, 128),
    Job("pay ledger", "compare the ledger with payments, files and returns", "payments", 1, 256),
)
