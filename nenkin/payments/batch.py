"""A pay run from opening to manifest: whatever was done before is found done, whatever was not is done now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from nenkin.benefits.rules import Rules
from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.files import write_files
from nenkin.payments.novelty import fix_novelties
from nenkin.payments.part import do_part
from nenkin.payments.period import PayDay
from nenkin.payments.run import PART, Run, open_run, parts_left
from nenkin.zengin.manifest import Manifest
from nenkin.zengin.run import Limits

__all__ = ["Order", "Outcome", "pay"]

_DONE = """
    SELECT coalesce(sum(payments), 0)::bigint, coalesce(sum(net), 0)::bigint, coalesce(sum(held), 0)::bigint
    FROM nenkin.run_parts_done WHERE paid = %s"""
_OFFSET = "SELECT coalesce(sum(amount), 0)::bigint FROM nenkin.offsets WHERE paid = %s"
# A small sample: what is planned by it depends on how many rows there are, and hardly on their values.
_ANALYZE = """
    SET default_statistics_target = 10;
    ANALYZE nenkin.payments (pension, account, paid, period);
    RESET default_statistics_target"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: the day that pays, where the files go, who asks; parts at a time, pensions of a part."""

    day: PayDay
    folder: Path
    who: str
    workers: int = 2
    part: int = PART
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did in all: payments, their yen, of them set off (not sent), how many were held, the files' manifest."""

    run: Run
    payments: int
    net: int
    held: int
    manifest: Manifest
    offset: int = 0


def pay(dsn: str, rules: Rules, order: Order, say: Say) -> Outcome:
    """Opens or resumes the run of a day, does its parts and writes its files; progress by `say`, a sentence each.

    Raises InvalidRun of nenkin.payments.run, RunDiffers and InvalidFile of nenkin.zengin, psycopg.Error, OSError.
    """
    with _connections(dsn, 1) as [connection]:
        run = open_run(connection, order.day, order.who, order.part)
        _do_parts(dsn, rules, run, order.workers, say)
        # What was just written is unknown to the planner, and autovacuum may be hours away.
        connection.execute(_ANALYZE)
        fix_novelties(connection, run)
        say(f"files of {run.paid} to {order.folder}")
        manifest = write_files(dsn, connection, run, order.folder, order.limits, order.workers)
        payments, net, held = connection.execute(_DONE, (run.paid,)).fetchone() or (0, 0, 0)
        [offset] = connection.execute(_OFFSET, (run.paid,)).fetchone() or (0,)
    return Outcome(run, payments, net, held, manifest, offset)


def _do_parts(dsn: str, rules: Rules, run: Run, workers: int, say: Say) -> None:
    with _connections(dsn, workers) as connections:
        left = parts_left(connections[0], run)
        idle: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            idle.put(connection)

        def work(place: int) -> str:
            connection = idle.get()
            try:
                done = do_part(connection, rules, run, left[place])
            finally:
                idle.put(connection)
            did = f"{done.payments} payments, {done.held} held" if done else "done by another"
            return f"part {left[place].number} ({place + 1} of {len(left)}): {did}"

        with ThreadPoolExecutor(workers) as pool:
            jobs = [pool.submit(work, place) for place in range(len(left))]
            try:
                for job in jobs:
                    say(job.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


@contextmanager
def _connections(dsn: str, count: int) -> Iterator[list[Connection]]:
    with ExitStack() as stack:
        yield [stack.enter_context(open_connection(dsn)) for _ in range(count)]
