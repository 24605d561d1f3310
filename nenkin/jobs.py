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
    Job(
        "statements run",
        "the yearly statements of a birth month, and their manifest",
        "records",
        2,
        1024,
    ),
    Job("usage", "which forms and outputs nobody uses, and which are alike", "records", 1, 128),
    Job("bills run", "work out a month's bills of all establishments", "records", 2, 256),
    Job("bills take", "take payments of bills in, match them", "records", 1, 256),
    Job("decide fixed", "decide standards from reported pay of spring", "records", 1, 256),
    Job("decide revise", "revise standards after changes of fixed pay", "records", 1, 256),
    Job("debit out", "ask the banks to debit a month's premiums", "records", 1, 512),
    Job("debit results", "take the banks' results of debits in", "records", 1, 1024),
    Job("notices take", "take notices of municipalities in", "records", 1, 256),
    Job("relief take", "take decisions on relief in", "records", 1, 256),
    Job("closing draft", "add a month up, draft its approval paper", "records", 1, 256),
    Job("arrears count", "count what is owed on a day", "records", 1, 256),
    Job("pay ledger", "compare the ledger with payments, files and returns", "payments", 1, 256),
)
