"""`python -m nenkin bench matching`: made-up people matched by the real batch, its speed, and its worth against the truth.

Everything happens in databases of its own, made beside the one that the settings name and dropped at the end.
"""

from __future__ import annotations

import resource
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from nenkin.copying import copy_lines
from nenkin.matching.name import match_words
from nenkin.matching.person import address_key
from nenkin.migrate import InvalidMigrations, MigrateFailed, MigrateUnknown, Unreachable
from nenkin.numbers.match import READ, READER, MatchFailed, MatchUnreachable, run_match
from nenkin.numbers.truth import Second, appraise, true_pairs
from nenkin.people.bench import BenchFailed
from nenkin.people.load import (
    ISSUED,
    Loaded,
    LoadFailed,
    LoadUnreachable,
    Population,
    entering,
    spread,
)
from nenkin.people.maker import Maker
from nenkin.people.numbering import Part, office, parts, serials_before
from nenkin.scratch import require_room, scratch, server_cpu_s

SPEED = 200_000  # persons a second, at least
LINEAR = 1.25  # seconds a person of the whole against those of a tenth, at most
PRECISION, RECALL = 0.999, 0.95  # of the level 疑重複, and of all levels together
_TENTH = 10
BYTES = 1100  # a number's row, indices, log and sorting; the tenth included
_COPY = """
    COPY nenkin.numbers (number, office, serial, key, asked_office, name_kana, name_key, birth_date, sex, address,
                         address_key) FROM STDIN"""
_FOUND = "SELECT one, other, level FROM nenkin.candidates"
_SIZE = "SELECT pg_total_relation_size('nenkin.numbers')"


def measure(
    dsn: str, population: Population, count: int, workers: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """The measurement of `count` persons as a report; raises BenchFailed."""
    sizes = sorted({max(count // _TENTH, 1), count})
    try:
        require_room(dsn, count * BYTES, f"{count} numbers")
        with tempfile.TemporaryDirectory(prefix="nenkin-matching-") as folder:
            runs = [_run(dsn, population, size, workers, Path(folder), say) for size in sizes]
    except OSError as error:
        raise BenchFailed(f"{error.filename}: {error.strerror}") from error
    except (LoadFailed, LoadUnreachable, MatchFailed, MatchUnreachable, psycopg.Error) as error:
        raise BenchFailed(str(error)) from error
    except (InvalidMigrations, MigrateFailed, MigrateUnknown, Unreachable) as error:
        raise BenchFailed(str(error)) from error
    last, worth = runs[-1][0], runs[-1][1]
    linearity = None
    if len(runs) > 1:
        first = runs[0][0]
        linearity = round(
            (last["seconds"] / last["persons"]) / (first["seconds"] / first["persons"]), 3
        )
    duplicate = worth["levels"]["duplicate"]["precision"]
    met = {
        "speed": last["persons_per_second"] >= SPEED,
        "linear": linearity is None or linearity <= LINEAR,
        "precision": duplicate is None or duplicate >= PRECISION,
        "recall": worth["recall"] is None or worth["recall"] >= RECALL,
    }
    return {
        "part": "matching",
        "persons": count,
        "workers": workers,
        "runs": [figures for figures, _ in runs],
        "ratio": last["ratio"],
        "limit": None,
        "persons_per_second": last["persons_per_second"],
        "linearity": linearity,
        "worth": worth,
        "limits": {
            "persons_per_second": SPEED,
            "linearity": LINEAR,
            "precision": PRECISION,
            "recall": RECALL,
        },
        "met": met,
        "is_met": all(met.values()),
    }


def _run(
    dsn: str,
    population: Population,
    count: int,
    workers: int,
    folder: Path,
    say: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures and worth of one size, in a database of its own."""
    with scratch(dsn, "numbers") as own:
        started = time.monotonic()
        spread(partial(_load, folder), own, population, parts(0, count), workers)
        with psycopg.connect(own, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE nenkin.numbers")
            connection.execute("CHECKPOINT")
            [stored] = connection.execute(_SIZE).fetchone() or (0,)
        loaded = time.monotonic() - started
        say(f"matching: {count} numbers loaded in {loaded:.1f} s")
        bare, read = _read(own)
        with psycopg.connect(own, autocommit=True) as connection:
            server, ours = server_cpu_s(connection), _own_cpu_s()
            started = time.monotonic()
            run_match(own, lambda read, found: say(f"matching: {read} read, {found} found"))
            seconds = time.monotonic() - started
            ours = _own_cpu_s() - ours
            time.sleep(0.2)  # until the server has waited for the processes of the run
            ended = server_cpu_s(connection)
            found = connection.execute(_FOUND).fetchall()
        truth = true_pairs(_seconds(folder))
    server_s = None if server is None or ended is None else ended - server
    figures = {
        "persons": count,
        "load_seconds": round(loaded, 3),
        "read_seconds": round(bare, 3),
        "seconds": round(seconds, 3),
        "ratio": round(seconds / bare, 3),
        "persons_per_second": round(count / seconds),
        "program_cpu_seconds": round(ours, 3),
        "server_cpu_seconds": None if server_s is None else round(server_s, 3),
        # Where others hold the processors this is steadier than the time of day, and never more than a core gives.
        "persons_per_cpu_second": round(count / (ours + (server_s or 0.0))),
        "candidates": len(found),
        "stored_bytes_per_person": round(int(stored) / count, 1),
        "read_bytes_per_person": round(read / count, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    return figures, appraise(found, truth)


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _read(dsn: str) -> tuple[float, int]:
    """Seconds and bytes of what the run reads, read and thrown away: the bound."""
    size = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(READER)
        started = time.monotonic()
        for line in copy_lines(connection, READ):
            size += len(line)
        return time.monotonic() - started, size


def _load(folder: Path, dsn: str, population: Population, share: Sequence[Part]) -> Loaded:
    """Enters the numbers of the parts and writes the truth of each to a file."""
    loaded = Loaded()
    maker = Maker(population.seed, population.until)
    with entering(dsn) as connection, connection.cursor() as cursor:
        for part in share:
            block = maker.make(part, 0)
            lines = _lines(
                block.tables["persons"], block.tables["addresses"], office(part.block).code
            )
            (folder / f"{part.block}.truth").write_text(block.truth, encoding="utf-8")
            with connection.transaction():
                last = serials_before(part.block) + part.high
                cursor.execute(ISSUED, (office(part.block).code, last))
                with cursor.copy(_COPY.encode()) as copy:
                    copy.write("".join(lines).encode())
                loaded.rows["numbers"] += cursor.rowcount
    return loaded


def _lines(persons: str, addresses: str, code: str) -> Iterator[str]:
    """The lines of a part's numbers; whoever has moved is known at the last address."""
    homes = {}
    for line in addresses.splitlines():
        _, number, _, _, address = line.split("\t")
        homes[number] = address
    rows = [line.split("\t") for line in persons.splitlines()]
    keys = match_words([row[2] for row in rows])
    for (_, number, kana, _, birth, sex), words in zip(rows, keys, strict=True):
        home = homes[number]
        key = "\\\\x" + b"".join(words).hex()
        serial = str(int(number[-6:]))
        yield (
            "\t".join(
                (
                    number,
                    code,
                    serial,
                    str(uuid.uuid4()),
                    code,
                    kana,
                    key,
                    birth,
                    sex,
                    home,
                    address_key(home),
                )
            )
            + "\n"
        )


def _seconds(folder: Path) -> Iterator[Second]:
    for path in sorted(folder.glob("*.truth")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Second(*line.split("\t")[:3])
