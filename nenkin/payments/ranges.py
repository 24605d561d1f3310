"""The files of a run written by several processes, each the banks of a range: what is in a file depends on no other bank.

A killed run may leave such processes behind for a moment; whoever writes into the folder next waits for their end.
"""

from __future__ import annotations

import ctypes
import fcntl
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path

from nenkin.dated import Dated
from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.records import stream_records
from nenkin.payments.run import Run
from nenkin.payments.stream import BANK, PLACE, Chosen, stream_rows
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.manifest import Entry
from nenkin.zengin.ready import NotClean
from nenkin.zengin.records import Header
from nenkin.zengin.run import InvalidRun, Limits, RunDiffers, write_banks, write_records
from nenkin.zengin.violation import InvalidFile

__all__ = ["RangeFailed", "bounds", "locked", "sender", "write_ranges"]

_HISTOGRAM = """
    SELECT histogram_bounds::text::bigint[] FROM pg_stats
    WHERE schemaname = 'nenkin' AND tablename = 'accounts' AND attname = 'place'"""
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class RangeFailed(Exception):
    """The files of a range of banks were refused; the message is the writer's."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Waits until no other process writes into a folder, and keeps others out; processes forked inside share it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sender(day: date) -> Header:
    """Who sends the files of a day, by the table `pay_senders`; raises NoRule."""

    def parse(row: object) -> Header:
        assert isinstance(row, dict)
        return Header(**{name: row.get(name) or f"{day:%m%d}" for name in Header._fields})

    return Dated.read("pay_senders", parse).at(day)


def write_ranges(
    dsn: str,
    connection: Connection,
    run: Run,
    folder: Path,
    workers: int,
    limits: Limits | None = None,
) -> list[Entry]:
    """Writes the files of a run and gives their entries by bank and sequence; raises RangeFailed, psycopg.Error, OSError."""
    ends = bounds(connection, workers)
    if len(ends) == 2:
        return list(_write(dsn, run, folder, ends[0], ends[1], limits))
    with ProcessPoolExecutor(
        len(ends) - 1,
        # Forked, so that they share the lock; the threads of the parts have ended.
        mp_context=multiprocessing.get_context("fork"),
        initializer=_die_with,
        initargs=(os.getpid(),),
    ) as pool:
        jobs = [
            pool.submit(_write, dsn, run, folder, first, until, limits)
            for first, until in pairwise(ends)
        ]
        return [entry for job in jobs for entry in job.result()]


def bounds(connection: Connection, workers: int) -> list[int]:
    """Where the ranges begin and the last ends: between banks, about equally many accounts in each."""
    row = connection.execute(_HISTOGRAM).fetchone()
    places: list[int] = row[0] if row and row[0] else []
    inner = {
        round(places[len(places) * number // workers] / BANK) * BANK
        for number in range(1, workers)
        if places
    }
    return [0, *sorted(inner - {0, 10**PLACE}), 10**PLACE]


def _write(
    dsn: str, run: Run, folder: Path, first: int, until: int, limits: Limits | None
) -> tuple[Entry, ...]:
    try:
        return _write_range(dsn, run, folder, first, until, limits)
    except (InvalidFile, InvalidRun, RunDiffers) as error:
        # Of one argument, so that it can cross from one process to another.
        raise RangeFailed(str(error)) from error


def _write_range(
    dsn: str, run: Run, folder: Path, first: int, until: int, limits: Limits | None
) -> tuple[Entry, ...]:
    chosen = Chosen(run.paid, run.through, first, until)
    header, dialect = sender(run.paid), Dialect.at(run.paid)
    try:
        with open_connection(dsn) as connection:
            blocks = stream_records(connection, chosen)
            return write_records(folder, run.paid, header, blocks, dialect, limits)
    except NotClean:
        # On another connection: that one is still in the middle of its rows.
        with open_connection(dsn) as connection:
            rows = stream_rows(connection, chosen)
            return write_banks(folder, run.paid, header, rows, dialect, limits)


def _die_with(parent: int) -> None:
    """Ends this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
