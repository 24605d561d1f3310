"""`python -m nenkin bench bills`: a month's bills of made-up people against a bare INSERT … SELECT of who is insured.

Everything happens in a database of its own, made beside the one that the settings name and dropped at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

from nenkin.collection.act import Who
from nenkin.collection.billing import bill_month
from nenkin.payments.connection import Connection, open_connection
from nenkin.people.bench import BenchFailed
from nenkin.people.load import LoadFailed, LoadUnreachable, Population, load
from nenkin.people.numbering import parts
from nenkin.scratch import scratch

__all__ = ["measure"]

LIMIT = 2.0  # times the bare statement
MONTH = date(2025, 5, 1)
# The same persons with their standards, by one plain statement without constraints, shares or sums.
_BARE = """
    CREATE TABLE bare AS
    SELECT p.number, p.establishment, d.standard
    FROM nenkin.current_periods p JOIN LATERAL (
        SELECT standard FROM nenkin.current_decisions d WHERE d.number = p.number AND d.first <= '2025-05-01'
        AND d.establishment = p.establishment ORDER BY first DESC LIMIT 1) d ON true
    WHERE category = 2 AND acquired < '2025-06-01' AND (lost IS NULL OR lost >= '2025-06-01')"""


def measure(
    dsn: str, population: Population, count: int, workers: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """The measurement of `count` persons, of whom a part is insured, as a report; raises BenchFailed."""
    try:
        with scratch(dsn) as own:
            say(f"bills: making {count} persons")
            load(own, population, parts(0, count), workers)
            with open_connection(own, "nenkin-bench") as connection:
                connection.execute("VACUUM ANALYZE")
                bare_s = _timed(lambda: connection.execute(_BARE))
                connection.execute("CHECKPOINT")
            who = Who("bench", "2101", "bench")
            marks = [started := time.monotonic()]
            done = bill_month(own, MONTH, who, workers, lambda _: marks.append(time.monotonic()))
            run_s = time.monotonic() - started
            again_s = _timed(lambda: bill_month(own, MONTH, who, workers, lambda _: None))
            with open_connection(own, "nenkin-bench") as connection:
                bare = _count(connection)
    except (LoadFailed, LoadUnreachable, OSError) as error:
        raise BenchFailed(str(error)) from error
    if bare != done.insured:
        raise BenchFailed(f"billed are {done.insured} insured, the bare statement finds {bare}")
    return {
        "part": "bills",
        "persons": count,
        "insured": done.insured,
        "bills": done.bills,
        "workers": workers,
        "bare_seconds": round(bare_s, 3),
        "bills_seconds": round(run_s, 3),
        "parts_seconds": round(marks[-1] - started, 3),
        "again_seconds": round(again_s, 3),
        "insured_per_second": round(done.insured / run_s),
        "ratio": round(run_s / bare_s, 3),
        "limit": LIMIT,
        "is_met": run_s <= LIMIT * bare_s,
    }


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _count(connection: Connection) -> int:
    [count] = connection.execute("SELECT count(*) FROM bare").fetchone() or (0,)
    return int(count)
