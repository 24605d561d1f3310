"""Loads people into the records database by COPY, a block a transaction, in several processes."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context

import psycopg

from nenkin.connection import connection_string
from nenkin.people.lines import Block, copy_statement
from nenkin.people.maker import Maker
from nenkin.people.numbering import Part, office, serials_before

# The key of a part's act is a name in this space: a part that has been loaded is known again.
_SPACE = uuid.UUID("6e656e6b-696e-5065-8f70-6c6500000000")
ACT_COLUMNS = "key, operator, terminal, office, purpose"
_PATIENCE_S = 60
_PURPOSE = "people who do not exist"
_ENTER = f"""
    INSERT INTO nenkin.acts ({ACT_COLUMNS}) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (key) DO NOTHING RETURNING id"""
ISSUED = """
    INSERT INTO nenkin.issued_serials AS issued (office, last_serial) VALUES (%s, %s)
    ON CONFLICT (office) DO UPDATE SET last_serial = excluded.last_serial
    WHERE issued.last_serial < excluded.last_serial"""


class LoadFailed(Exception):
    """A part was not taken in; what other transactions entered stays and is skipped the next time."""


class LoadUnreachable(Exception):
    """The database could not be reached, was lost or had no room; the same command goes on from there."""


@dataclass(frozen=True, slots=True)
class Population:
    """Which people: their seed, a day of the last month of their histories."""

    seed: int
    until: date


@dataclass(slots=True)
class Loaded:
    """What was entered: rows by table, bytes that COPY read; parts that had been there before."""

    rows: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    skipped: int = 0

    def add(self, other: Loaded) -> None:
        """Adds what another process entered."""
        self.rows += other.rows
        self.bytes += other.bytes
        self.skipped += other.skipped


def load(dsn: str, population: Population, parts: Sequence[Part], workers: int) -> Loaded:
    """Makes and enters the parts that are not there yet; raises LoadFailed, LoadUnreachable."""
    return spread(_load_parts, dsn, population, parts, workers)


def spread(
    function: Callable[[str, Population, Sequence[Part]], Loaded],
    dsn: str,
    population: Population,
    parts: Sequence[Part],
    workers: int,
) -> Loaded:
    """Runs a function over the parts in several processes, each with its share."""
    shares = [parts[start::workers] for start in range(workers)]
    whole = Loaded()
    # New processes and not forks: a fork would share open connections and locks.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(function, dsn, population, share) for share in shares if share]
        try:
            for job in jobs:
                whole.add(job.result())
        except BrokenProcessPool as error:
            raise LoadFailed("a process of this command was ended; run it again") from error
    return whole


def act_of(population: Population, part: Part) -> tuple[str, str, str, str, str]:
    """Key, operator, terminal, office and purpose of the act that enters a part."""
    name = f"{population.seed}/{population.until:%Y-%m}/{part.block}/{part.low}-{part.high}"
    return str(uuid.uuid5(_SPACE, name)), "nenkin people", "none", office(part.block).code, _PURPOSE


@contextmanager
def entering(dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection in autocommit mode; raises LoadFailed, LoadUnreachable."""
    try:
        with psycopg.connect(
            connection_string(dsn, "nenkin-people"), autocommit=True
        ) as connection:
            # Another run that enters the same part is waited for: what it enters is skipped.
            connection.execute(f"SET lock_timeout = '{_PATIENCE_S}s'")
            yield connection
    except psycopg.OperationalError as error:
        raise LoadUnreachable(f"the database does not go on, run it again: {error}") from error
    except psycopg.Error as error:
        raise LoadFailed(f"a part was refused and nothing of it entered: {error}") from error


def write(cursor: psycopg.Cursor[tuple[object, ...]], table: str, text: bytes) -> None:
    """Enters the text of a table."""
    with cursor.copy(copy_statement(table).encode()) as copy:
        copy.write(text)


def _load_parts(dsn: str, population: Population, parts: Sequence[Part]) -> Loaded:
    loaded = Loaded()
    maker = Maker(population.seed, population.until)
    with entering(dsn) as connection, connection.cursor() as cursor:
        for part in parts:
            with connection.transaction():
                cursor.execute(_ENTER, act_of(population, part))
                entered = cursor.fetchone()
                if entered is None:
                    loaded.skipped += 1
                    continue
                block = maker.make(part, int(str(entered[0])))
                _enter(cursor, block, loaded)
                last_serial = serials_before(part.block) + part.high
                cursor.execute(ISSUED, (office(part.block).code, last_serial))
    return loaded


def _enter(cursor: psycopg.Cursor[tuple[object, ...]], block: Block, loaded: Loaded) -> None:
    for table, text in block.tables.items():
        if text:
            data = text.encode()
            write(cursor, table, data)
            loaded.rows[table] += cursor.rowcount
            loaded.bytes += len(data)
