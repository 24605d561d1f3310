"""How long it takes to make and load people, beside COPY of the same rows from ready files.

Both go into a database of their own that is dropped afterwards, by as many processes, with the same statements and
transactions; what differs is where the text comes from.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from nenkin.migrate import InvalidMigrations, MigrateFailed, MigrateUnknown, Unreachable
from nenkin.people.folder import act_line, act_number
from nenkin.people.lines import COLUMNS
from nenkin.people.load import (
    ACT_COLUMNS,
    Loaded,
    LoadFailed,
    LoadUnreachable,
    Population,
    entering,
    load,
    spread,
    write,
)
from nenkin.people.maker import Maker
from nenkin.people.numbering import Part, parts
from nenkin.scratch import scratch

LIMIT = 2.0  # times the bare COPY
# Bytes a person: text, or rows with their indices and log; a run that does not fit is refused beforehand.
_TEXT, _STORED = 1600, 6000
BYTES = _TEXT + _STORED
_COPY_ACTS = f"COPY nenkin.acts (id, {ACT_COLUMNS}) FROM STDIN"


class BenchFailed(Exception):
    """Nothing was measured; the message says why."""


def measure(
    dsn: str, population: Population, count: int, workers: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """The measurement of `count` persons as a report; raises BenchFailed."""
    wanted = parts(0, count)
    folder = Path(tempfile.mkdtemp(prefix="nenkin-people-"))
    try:
        free = shutil.disk_usage(folder).free
        if free < count * BYTES:
            raise BenchFailed(f"{folder}: {free} bytes are free, {count * BYTES} are needed")
        started = time.monotonic()
        spread(partial(_write_ready, folder), dsn, population, wanted, workers)
        written = time.monotonic() - started
        say(f"people: {count} written to files in {written:.1f} s")
        copied = _in_scratch(
            dsn,
            lambda own: spread(partial(_copy_ready, folder), own, population, wanted, workers),
        )
        loaded = _in_scratch(dsn, lambda own: load(own, population, wanted, workers))
    except (LoadFailed, LoadUnreachable, psycopg.Error, OSError) as error:
        raise BenchFailed(str(error)) from error
    except (InvalidMigrations, MigrateFailed, MigrateUnknown, Unreachable) as error:
        raise BenchFailed(str(error)) from error
    finally:
        shutil.rmtree(folder)
    (bare_s, bare, _), (load_s, made, stored) = copied, loaded
    if bare.rows != made.rows:
        raise BenchFailed(f"the files hold {dict(bare.rows)}, what was made {dict(made.rows)}")
    rows = sum(made.rows.values())
    return {
        "part": "people",
        "persons": count,
        "workers": workers,
        "rows": dict(made.rows),
        "rows_per_person": round(rows / count, 2),
        "copy_bytes_per_person": round(made.bytes / count, 1),
        "stored_bytes_per_person": round(stored / count, 1),
        "write_files_seconds": round(written, 3),
        "copy_seconds": round(bare_s, 3),
        "load_seconds": round(load_s, 3),
        "persons_per_second": round(count / load_s),
        "ratio": round(load_s / bare_s, 3),
        "limit": LIMIT,
        "is_met": load_s <= LIMIT * bare_s,
    }


def _in_scratch(dsn: str, run: Callable[[str], Loaded]) -> tuple[float, Loaded, int]:
    """Seconds, what was entered and the bytes it takes, in a database of its own."""
    with scratch(dsn, "records") as own:
        empty = _size(own)
        started = time.monotonic()
        loaded = run(own)
        seconds = time.monotonic() - started
        return seconds, loaded, _size(own) - empty


def _size(dsn: str) -> int:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])


def _write_ready(folder: Path, _: str, population: Population, share: Sequence[Part]) -> Loaded:
    """A file a part, its tables one after another; their lengths stand in a file beside it."""
    maker = Maker(population.seed, population.until)
    for part in share:
        block = maker.make(part, act_number(part))
        texts = [act_line(population, part), *block.tables.values()]
        data = [text.encode() for text in texts]
        (folder / f"{part.block}.copy").write_bytes(b"".join(data))
        (folder / f"{part.block}.lengths").write_text(" ".join(str(len(text)) for text in data))
    return Loaded()


def _copy_ready(folder: Path, dsn: str, _: Population, share: Sequence[Part]) -> Loaded:
    loaded = Loaded()
    with entering(dsn) as connection, connection.cursor() as cursor:
        for part in share:
            lengths = map(int, (folder / f"{part.block}.lengths").read_text().split())
            with (folder / f"{part.block}.copy").open("rb") as file, connection.transaction():
                with cursor.copy(_COPY_ACTS.encode()) as copy:
                    copy.write(file.read(next(lengths)))
                for table, length in zip(COLUMNS, lengths, strict=True):
                    if length:
                        write(cursor, table, file.read(length))
                        loaded.rows[table] += cursor.rowcount
                        loaded.bytes += length
    return loaded
