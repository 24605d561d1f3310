"""The batch that matches all numbers with one another and enters candidates, each once.

It reads all numbers in one statement, so as they were at one moment, and writes in steps of STEP, each whole by itself
and without effect where it is repeated: a run that was killed is run again from the top and completes what is missing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

import psycopg

from nenkin.connection import connection_string
from nenkin.copying import copy_lines
from nenkin.matching.batch import Crowd, InvalidOrder, Pair, match_blocks
from nenkin.matching.block import Block
from nenkin.matching.name import END, InvalidName
from nenkin.numbers.manifest import MatchManifest

STEP = 5_000
PROGRESS_EVERY = 100_000
# Milliseconds: an issue that is under way is waited for, it ends within two seconds.
_LOCK_TIMEOUT_MS = 10_000

# A row is a block: one person each would cost more in this program than all that is done with it. `block` orders like
# birth date and sex, `place` like the number, both without comparing text.
READ = f"""COPY (
    SELECT min(birth_date), CASE block % 2 WHEN 0 THEN 'female' ELSE 'male' END,
           string_agg(number, ' '), string_agg(name_kana, '{END}'), string_agg(address_key, ' ')
    FROM (SELECT (birth_date - date '0001-01-01') * 2 + (sex = 'male')::integer AS block,
                 office::integer * 1000000::bigint + serial AS place, birth_date, number, name_kana, address_key
          FROM nenkin.numbers ORDER BY block, place) in_order
    GROUP BY block ORDER BY block) TO STDOUT"""
# Grouping by hashes would lose the order, and what does not fit goes to disk in few runs.
READER = "SET enable_hashagg = off; SET work_mem = '64MB'; SET jit = off"
_ALONE = "SELECT pg_try_advisory_lock(4, 0)"
# Two numbers are one only where one of them was put under something; most never were.
_PAIRS = """
    INSERT INTO nenkin.candidates (one, other, level, found_by)
    SELECT one, other, level, 'match' FROM unnest(%s::text[], %s::text[], %s::text[]) pair (one, other, level)
    WHERE NOT EXISTS (SELECT FROM nenkin.candidates known
                      WHERE known.one = pair.one AND known.other = pair.other)
      AND (NOT EXISTS (SELECT FROM nenkin.folds WHERE number IN (pair.one, pair.other))
           OR nenkin.number_in_force(one, 'infinity') <> nenkin.number_in_force(other, 'infinity'))
    ON CONFLICT DO NOTHING"""
_CROWD = """
    INSERT INTO nenkin.crowds (level, numbers, sha256) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"""
# Behind all rows found there before, which may exist in one copy only: its acknowledgement covers them.
_VOUCH = "SELECT pg_logical_emit_message(true, 'nenkin.match', %s::text)"

_log = logging.getLogger("nenkin.numbers.match")
Progress = Callable[[int, int], None]


class MatchFailed(Exception):
    """The run ended before its end; what it wrote is right, and running it again completes it."""


class MatchUnreachable(Exception):
    """The database cannot be reached or was lost; what was written is right, running it again completes it."""


def run_match(dsn: str, progress: Progress) -> tuple[MatchManifest, int]:
    """Enters the candidates among all numbers; what was found, and how many rows are new.

    `progress` is told the numbers read and the pairs and crowds found so far. Raises MatchFailed, MatchUnreachable.
    """
    conninfo = connection_string(dsn, "nenkin-match")
    try:
        with (
            psycopg.connect(conninfo, autocommit=True) as reader,
            psycopg.connect(conninfo, autocommit=True) as writer,
        ):
            return _Run(reader, writer, progress).run()
    except InvalidName as error:
        raise MatchFailed(f"{error}: correct the number on record and run it again") from error
    except InvalidOrder as error:
        raise MatchFailed(f"the database did not keep the order: {error}") from error
    except psycopg.OperationalError as error:
        raise MatchUnreachable(f"the database was lost, run it again: {error}") from error
    except psycopg.Error as error:
        raise MatchFailed(f"the database refused, run it again: {error}") from error


def read_block(line: bytes | bytearray | memoryview) -> Block:
    """The block of a line of READ."""
    birth, sex, numbers, names, addresses = bytes(line).rstrip(b"\n").split(b"\t")
    return Block(
        birth.decode(),
        sex.decode(),
        numbers.decode().split(" "),
        names.decode(),
        addresses.split(b" "),
    )


class _Run:
    def __init__(
        self,
        reader: psycopg.Connection[tuple[Any, ...]],
        writer: psycopg.Connection[tuple[Any, ...]],
        progress: Progress,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._progress = progress
        self._manifest = MatchManifest()
        self._read = hashlib.sha256()
        self._found = hashlib.sha256()
        self._has_warned = False
        writer.add_notice_handler(self._heed)

    def run(self) -> tuple[MatchManifest, int]:
        self._writer.execute(f"SET lock_timeout = {_LOCK_TIMEOUT_MS}")
        if self._writer.execute(_ALONE).fetchone() != (True,):
            raise MatchFailed("another run is under way; wait for its end")
        self._reader.execute(READER)
        blocks = self._blocks(copy_lines(self._reader, READ))
        with ThreadPoolExecutor(1) as writing:
            written = self._write_all(match_blocks(blocks), writing)
        self._writer.execute(_VOUCH, (self._found.hexdigest(),))
        self._require_vouched()
        self._progress(self._manifest.numbers, self._manifest.found)
        self._manifest.close(self._read.hexdigest(), self._found.hexdigest())
        return self._manifest, written

    def _write_all(self, found: Iterator[Pair | Crowd], writing: Executor) -> int:
        """Writes one step while the next is looked for: the server has more to do for a pair than this program."""
        written = 0
        under_way: Future[int] | None = None
        while step := list(islice(found, STEP)):
            if under_way is not None:
                written += under_way.result()
            under_way = writing.submit(self._write, step)
        return written + (under_way.result() if under_way is not None else 0)

    def _blocks(self, lines: Iterable[bytes | bytearray | memoryview]) -> Iterator[Block]:
        # What COPY escapes (a backslash) stays escaped: it is compared with its like only.
        told = 0
        for line in lines:
            self._read.update(line)
            block = read_block(line)
            self._manifest.numbers += len(block.numbers)
            if self._manifest.numbers - told >= PROGRESS_EVERY:
                told = self._manifest.numbers
                self._progress(told, self._manifest.found)
            yield block

    def _write(self, step: list[Pair | Crowd]) -> int:
        written = 0
        pairs = [found for found in step if isinstance(found, Pair)]
        for crowd in step:
            if isinstance(crowd, Crowd):
                written += self._write_crowd(crowd)
        if pairs:
            levels = [pair.level.name.lower() for pair in pairs]
            for pair, level in zip(pairs, levels, strict=True):
                self._manifest.pairs[level] += 1
                self._found.update(f"{level} {pair.one} {pair.other}\n".encode())
            columns = ([pair.one for pair in pairs], [pair.other for pair in pairs], levels)
            written += self._writer.execute(_PAIRS, columns).rowcount
        self._require_vouched()
        return written

    def _write_crowd(self, crowd: Crowd) -> int:
        level = crowd.level.name.lower()
        text = f"{level} {' '.join(crowd.numbers)}\n".encode()
        self._manifest.crowds[level] += 1
        self._found.update(text)
        values = (level, list(crowd.numbers), hashlib.sha256(text).digest())
        return self._writer.execute(_CROWD, values).rowcount

    def _heed(self, notice: psycopg.errors.Diagnostic) -> None:
        self._has_warned |= notice.severity_nonlocalized == "WARNING"

    def _require_vouched(self) -> None:
        if self._has_warned:
            raise MatchFailed("the database does not vouch for a second copy; run it again")
