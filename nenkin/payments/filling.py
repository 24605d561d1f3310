"""Pensions of nobody put into an empty database by the million, for measurements; a load that was killed is gone on with."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from nenkin.payments.connection import Connection, open_connection

__all__ = ["fill", "load"]

_PIECE = 250_000

# Old-age pensions with last year's and this year's figures, six in ten with care premiums; 800 branches of 40 banks.
_BRANCHES = """
    INSERT INTO nenkin.branches (branch, bank_name, branch_name)
    SELECT bank * 1000 + branch, 'ｷﾞﾝｺｳ ' || bank, 'ｼﾃﾝ ' || branch
    FROM generate_series(1, 40) bank, generate_series(1, 20) branch ON CONFLICT DO NOTHING"""
_PENSIONS = """
    INSERT INTO nenkin.entitlements (number, code, begun, paid_from, who, why)
    SELECT lpad((2101 + n / 999999)::text, 4, '0') || '-' || lpad((n %% 999999 + 1)::text, 6, '0'), '1150',
           %(period)s - 60, %(period)s, 'b', 'b'
    FROM generate_series(%(first)s, %(until)s - 1) n"""
_FIGURES = """
    INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
    SELECT pension, month, 400000 + (pension * 7919 + month) %% 431700, (pension * 104729 + month) %% 1200000,
           'b', 'b'
    FROM nenkin.entitlements, unnest(ARRAY[%(april)s - 12, %(april)s]) month
    WHERE pension >= %(low)s AND pension < %(high)s ORDER BY pension, month"""
_ACCOUNTS = """
    INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why)
    SELECT pension, '2000-01-01',
           ((pension / 10000 %% 40 + 1) * 1000 + pension / 400000 %% 20 + 1) * 10000000
               + pension / 10000 * 48271 %% 10000000,
           '1', 'ﾈﾝｷﾝ ' || translate((pension / 10000 %% 100000)::text, '0123456789', 'ｱｶｻﾀﾅﾊﾏﾔﾗﾜ'), 'b', 'b'
    FROM nenkin.entitlements WHERE pension >= %(low)s AND pension < %(high)s ORDER BY pension"""
_CARE = """
    INSERT INTO nenkin.care_requests (pension, year, amounts, municipality, request, content)
    SELECT pension, %(year)s, ARRAY[11800, 11800, 11800, 13000, 13000, 13000], '131016', e.pension, ''
    FROM nenkin.entitlements e WHERE pension >= %(low)s AND pension < %(high)s AND pension / 10000 %% 10 < 6
    ORDER BY e.pension"""
# Rows that are made of one another need no check of their references, which is half of what the load costs.
_UNCHECKED = "SET session_replication_role = replica"
# Indexes that only a run reads are made when all rows are there: faster, and packed as closely as they can be.
_SET_ASIDE = """
    CREATE TABLE IF NOT EXISTS public.bench_indexes (definition text PRIMARY KEY);
    DO $$
    DECLARE
        found record;
    BEGIN
        FOR found IN
            SELECT indrelid::regclass AS of_table, indexrelid::regclass AS name, conname,
                   CASE WHEN conname IS NULL THEN pg_get_indexdef(indexrelid)
                        ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', indrelid::regclass, conname,
                                    pg_get_constraintdef(c.oid)) END AS definition
            FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid AND contype IN ('p', 'u')
            WHERE indrelid IN ('nenkin.figures'::regclass, 'nenkin.accounts'::regclass, 'nenkin.care_requests'::regclass)
        LOOP
            INSERT INTO public.bench_indexes VALUES (found.definition);
            IF found.conname IS NULL THEN
                EXECUTE format('DROP INDEX %s', found.name);
            ELSE
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.of_table, found.conname);
            END IF;
        END LOOP;
    END
    $$"""
_ASIDE = "DELETE FROM public.bench_indexes RETURNING definition"
_THERE = "SELECT 1 FROM nenkin.entitlements WHERE pension = %s"

Say = Callable[[str], None]


def load(connection: Connection, rows: int, period: int) -> None:
    """Fills a migrated database with pensions that a period is the first to pay here."""
    _prepare(connection)
    for first in range(0, rows, _PIECE):
        _put(connection, first, rows, period)
    _settle(connection)


def fill(dsn: str, rows: int, period: int, workers: int, say: Say) -> None:
    """The same by several connections; pieces that are there are left as they are. Raises psycopg.Error."""
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(open_connection(dsn)) for _ in range(workers)]
        for connection in idle:
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute(_UNCHECKED)
        _prepare(idle[0])
        idle[0].execute(_SET_ASIDE)

        def put(first: int) -> int:
            connection = idle.pop()
            try:
                _put(connection, first, rows, period)
            finally:
                idle.append(connection)
            return min(first + _PIECE, rows)

        with ThreadPoolExecutor(workers) as pool:
            jobs = [pool.submit(put, first) for first in range(0, rows, _PIECE)]
            try:
                for job in jobs:
                    say(f"{job.result()} of {rows} pensions loaded")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        say("indexes and statistics")
        with idle[0].transaction():
            for [definition] in idle[0].execute(_ASIDE).fetchall():
                idle[0].execute(definition.encode())
        _settle(idle[0])


def _prepare(connection: Connection) -> None:
    connection.execute(_BRANCHES)


def _put(connection: Connection, first: int, rows: int, period: int) -> None:
    """A piece as one transaction, unless it is there: each row with references waits in memory for its check."""
    year = (period - 3) // 12
    until = min(first + _PIECE, rows)
    values = {"period": period, "april": year * 12 + 3, "year": year, "first": first}
    values |= {"until": until, "low": _pension(first), "high": _pension(until)}
    with connection.transaction():
        if connection.execute(_THERE, (_pension(first),)).fetchone() is not None:
            return
        for query in (_PENSIONS, _FIGURES, _ACCOUNTS, _CARE):
            connection.execute(query.encode(), values)


def _settle(connection: Connection) -> None:
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def _pension(place: int) -> int:
    """The certificate's number of a pension by its place."""
    return int(f"{2101 + place // 999_999:04d}{place % 999_999 + 1:06d}1150")
