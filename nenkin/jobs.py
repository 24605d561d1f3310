"""The batch jobs that this program declares: what each is for, what it needs, and how it is run again.

Whoever plans a night schedules them by this and watches them by their exit codes, progress and manifest.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    arguments. It takes `fixed_s` and `seconds_per_million` of its unit, on as many cores as it declares.
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


JOBS: tuple[Job, ...] = (
    Job(
        "match",
        "find numbers that may be one person's, for review",
        "numbers",
        2,
        256,
        connections=2,
        io="reads",
        outputs=("--manifest",),
        rerun=FROM_TOP,
        unit="numbers",
        seconds_per_million=6,
    ),
    Job(
        "promote",
        "list who must be enrolled and is in no category",
        "numbers",
        1,
        256,
        connections=1,
        io="reads",
        inputs=("--periods",),
        outputs=("--out",),
        rerun=FROM_TOP,
        unit="periods",
        seconds_per_million=30,
    ),
    Job(
        "pay run",
        "pay a day: payments, ledger, the banks' files and their manifest",
        "payments",
        2,
        1024,
        connections=3,
        io="writes",
        outputs=("--folder",),
        rerun=FROM_PART,
        unit="pensions",
        fixed_s=5,
        seconds_per_million=30,
    ),
    Job(
        "pay file",
        "make one file of a run again, to send it again",
        "payments",
        1,
        256,
        connections=1,
        io="reads",
        outputs=("--folder",),
        rerun=FROM_TOP,
        unit="transfers",
        seconds_per_million=20,
    ),
    Job(
        "pay award",
        "decide a day's claims, choose their first pay date",
        "payments",
        1,
        256,
        connections=1,
        io="light",
        inputs=("file",),
        outputs=("--result",),
        rerun=SAME_INPUT,
        unit="claims",
        seconds_per_million=2000,
    ),
    Job(
        "pay enter",
        "take a file of awards, figures, accounts or branches in",
        "payments",
        1,
        512,
        connections=1,
        io="writes",
        inputs=("file",),
        rerun=SAME_INPUT,
        unit="rows",
        seconds_per_million=60,
    ),
    Job(
        "pay returns",
        "take the banks' rejected transfers in",
        "payments",
        1,
        256,
        connections=1,
        io="writes",
        inputs=("file",),
        rerun=SAME_INPUT,
        unit="returns",
        seconds_per_million=60,
    ),
    Job(
        "pay care",
        "take requests for care premiums in, write the results",
        "payments",
        1,
        256,
        connections=1,
        io="writes",
        inputs=("file",),
        outputs=("--result",),
        rerun=SAME_INPUT,
        unit="requests",
        seconds_per_million=120,
    ),
    Job(
        "pay ledger",
        "compare the ledger with payments, files and returns",
        "payments",
        1,
        256,
        connections=1,
        io="reads",
        rerun=FROM_TOP,
        unit="payments",
        seconds_per_million=10,
    ),
    Job(
        "people make",
        "make people who do not exist, for tests and measurements",
        "records",
        2,
        512,
        connections=2,
        io="writes",
        outputs=("--out", "--truth"),
        rerun=FROM_PART,
        unit="persons",
        seconds_per_million=200,
    ),
    Job(
        "statistics export",
        "write the records as pseudonymised Parquet",
        "records",
        2,
        1024,
        connections=2,
        io="reads",
        inputs=("--key",),
        outputs=("--out",),
        rerun=FROM_PART,
        unit="persons",
        seconds_per_million=120,
        manifest="manifest.json of --out",
    ),
    Job(
        "statistics run",
        "write statistics of such data, small cells suppressed",
        "",
        2,
        1536,
        io="reads",
        inputs=("--data",),
        outputs=("--out",),
        rerun=FROM_TOP,
        unit="persons",
        fixed_s=3,
        seconds_per_million=5,
        manifest="manifest.json of --out",
    ),
)
