"""The export: persons and their history out of the databases as pseudonymised Parquet, part by part.

Invariant: what is exported is fixed when the export is opened (the month and the last act, posting and entry), a part
is a file that has its name only when it is whole, and depends on nothing else. So a run that was killed is run again
and writes what is missing, and the files are byte for byte those of a run that nobody disturbed.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from nenkin.benefits.ages import first_day
from nenkin.copying import copy_lines
from nenkin.statistics.datasets import DATASETS, HELD, PERSON, RECIPIENTS, Dataset
from nenkin.statistics.extras import require
from nenkin.statistics.manifest import MANIFEST, read_plan, write_manifest, write_plan
from nenkin.statistics.municipality import Municipalities
from nenkin.statistics.pseudonym import Pseudonyms
from nenkin.whole import whole

PART = 50_000  # serials of an office: what is held at once, some 40 MB of rows
_SESSION = "SET lock_timeout = '2s'; SET jit = off"
# What has been committed by then is all that will ever bear these numbers: who posts holds locks that exclude ours.
_LOCK = "LOCK TABLE nenkin.acts, nenkin.persons, nenkin.contributions IN SHARE MODE"
_STATE = """
    SELECT coalesce((SELECT max(id) FROM nenkin.acts), 0), coalesce((SELECT max(id) FROM nenkin.contributions), 0),
           clock_timestamp()::text"""
_PAYMENTS_LOCK = "LOCK TABLE nenkin.entitlements, nenkin.figures IN SHARE MODE"
_ENTRIES = "SELECT last_value FROM nenkin.entries"
_PARTS = "SELECT DISTINCT left(number, 4), right(number, 6)::integer / {part} FROM "
_PARTS_OF = {
    "records": f"{_PARTS} nenkin.persons person WHERE {HELD}",
    "payments": f"{_PARTS} nenkin.entitlements WHERE entry <= {{entries}}",
}

Progress = Callable[[str], None]
Connection = psycopg.Connection[tuple[Any, ...]]


class ExportFailed(Exception):
    """The export ended before its end; what it wrote is right, and running it again completes it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export holds: the month whose end it shows, the last act, posting and entry, and by which key."""

    month: int
    acts: int
    contributions: int
    opened: str
    entries: int | None
    part: int
    key: str

    @property
    def generation(self) -> str:
        """The state of the databases that it holds."""
        return f"{self.acts}-{self.contributions}-{self.entries or 0}"


def export(
    dsns: Mapping[str, str], out: Path, month: int, pseudonyms: Pseudonyms, part: int, say: Progress
) -> tuple[dict[str, Any], bool]:
    """The manifest of the export in a folder, and whether anything was written; ExportFailed, MissingExtra, psycopg.Error.

    `dsns` are those of the records and, where recipients are wanted, of the payments database.
    """
    require("pyarrow.parquet")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_alone(out))
        connections = {
            name: stack.enter_context(psycopg.connect(dsn, autocommit=True))
            for name, dsn in dsns.items()
        }
        for connection in connections.values():
            connection.execute(_SESSION)
        plan = _plan(connections, out, month, pseudonyms, part)
        writer = _Writer(connections, out, plan, pseudonyms)
        wanted = writer.parts()
        datasets = [*DATASETS, *([RECIPIENTS] if "payments" in connections else [])]
        changed = False
        names: dict[str, list[str]] = {dataset.name: [] for dataset in datasets}
        for place, (low, high) in enumerate(wanted, start=1):
            # A name in the order of the numbers would tell where in the order of the numbers a person stands.
            name = f"{pseudonyms.of(low)}.parquet"
            for dataset in datasets:
                changed |= writer.write(dataset, low, high, name)
                names[dataset.name].append(name)
            say(f"export: part {place} of {len(wanted)}")
        if changed or not (out / MANIFEST).exists():
            write_manifest(out, plan, datasets, names)
            changed = True
    return json.loads((out / MANIFEST).read_text(encoding="utf-8")), changed


def _plan(
    connections: Mapping[str, Connection], out: Path, month: int, pseudonyms: Pseudonyms, part: int
) -> Plan:
    """The plan of the folder, made now where it has none; raises ExportFailed."""
    found = read_plan(out)
    if found is not None:
        plan = Plan(**found)
        wanted = {"month": month, "part": part, "key": pseudonyms.name()}
        wanted["entries"] = plan.entries if "payments" in connections else None
        for name, value in wanted.items():
            if getattr(plan, name) != value:
                raise ExportFailed(
                    f"{out}: it holds an export with {name} {getattr(plan, name)}, not {value}; take another folder"
                )
        return plan
    entries = None
    records = connections["records"]
    with records.transaction():
        records.execute(_LOCK)
        acts, contributions, opened = records.execute(_STATE).fetchone() or (0, 0, "")
    if "payments" in connections:
        payments = connections["payments"]
        with payments.transaction():
            payments.execute(_PAYMENTS_LOCK)
            [entries] = payments.execute(_ENTRIES).fetchone() or (0,)
    plan = Plan(month, acts, contributions, opened, entries, part, pseudonyms.name())
    write_plan(out, asdict(plan))
    return plan


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Holds the folder, which a run that is killed lets go of; raises ExportFailed."""
    folder = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ExportFailed(f"{out}: another export is writing there; wait for its end") from error
    finally:
        os.close(folder)


class _Writer:
    """Writes the files of parts that are not there yet."""

    def __init__(
        self, connections: Mapping[str, Connection], out: Path, plan: Plan, pseudonyms: Pseudonyms
    ) -> None:
        self._connections = connections
        self._out = out
        self._part = plan.part
        self._pseudonyms = pseudonyms
        self._municipalities = Municipalities.read()
        next_month = first_day(plan.month + 1)
        self._values = {
            "acts": plan.acts,
            "contributions": plan.contributions,
            "opened": plan.opened,
            "entries": plan.entries or 0,
            "month": plan.month,
            "day": (next_month - timedelta(days=1)).isoformat(),
            "part": plan.part,
        }

    def parts(self) -> list[tuple[str, str]]:
        """The first and the last number that each part may hold, of all numbers that any database knows."""
        found: set[tuple[str, int]] = set()
        for name, connection in self._connections.items():
            query = _PARTS_OF[name].format(**self._values)
            found.update((code, place) for code, place in connection.execute(query.encode()))
        return [
            (f"{code}-{place * self._part:06d}", f"{code}-{(place + 1) * self._part - 1:06d}")
            for code, place in sorted(found)
        ]

    def write(self, dataset: Dataset, low: str, high: str, name: str) -> bool:
        """Writes the file of a dataset's part; whether it was not there."""
        path = self._out / dataset.name / name
        if path.exists():
            return False
        path.parent.mkdir(exist_ok=True)
        table = self._pseudonymised(self._read(dataset, low, high))
        _put(path, table)
        return True

    def _read(self, dataset: Dataset, low: str, high: str) -> Any:
        arrow, csv = require("pyarrow"), require("pyarrow.csv")
        query = dataset.query.format(low=low, high=high, **self._values)
        lines = copy_lines(
            self._connections[dataset.database], f"COPY ({query}) TO STDOUT (FORMAT csv)"
        )
        text = b"".join(lines)
        types = {name: getattr(arrow, kind)() for name, kind in dataset.columns.items()}
        if not text:
            return arrow.schema(types).empty_table()
        return csv.read_csv(
            io.BytesIO(text),
            read_options=csv.ReadOptions(column_names=list(types)),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=types, null_values=[""], strings_can_be_null=True
            ),
        )

    def _pseudonymised(self, table: Any) -> Any:
        """A table without numbers and addresses, in the order of pseudonyms: that of numbers would tell something."""
        arrow = require("pyarrow")
        column = table.column("number").combine_chunks().dictionary_encode()
        made = arrow.array(
            [self._pseudonyms.of(one) for one in column.dictionary.to_pylist()], "string"
        )
        table = table.drop_columns("number").add_column(0, PERSON, made.take(column.indices))
        if "address" in table.column_names:
            place = table.column_names.index("address")
            codes = [self._municipalities.of(one) for one in table.column("address").to_pylist()]
            table = table.set_column(place, "municipality", arrow.array(codes, "string"))
        return table.sort_by([(name, "ascending") for name in table.column_names])


def _put(path: Path, table: Any) -> None:
    """Writes a file that has its name only when it is whole; raises OSError."""
    with whole(path) as out:
        require("pyarrow.parquet").write_table(table, out, compression="zstd")
