"""What the batch jobs cost: each run by its command on made-up people of two sizes; `python -m tests.nenkin.calibrate`.

Seconds are those of the processor, of program and PostgreSQL, shared out over the cores that the job declares: others on the
machine do not change them much. Of the two sizes come the fixed time and that of a million of the job's unit.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from nenkin.jobs import JOBS
from nenkin.payments.connection import open_connection
from nenkin.scratch import scratch, server_cpu_s
from nenkin.settings import DATABASES
from tests.nenkin.payments.many import put

_ENDING_S = 0.3
_REVISED = 5  # awards for each pension
MONTH, DAY, PAID = "2026-02", "2026-03-01", "2026-02-13"
Measured = dict[str, tuple[int, float, float]]


class World:
    """Three databases of a server and a folder, filled by the jobs themselves."""

    def __init__(self, dsns: dict[str, str], folder: Path, size: int) -> None:
        self.dsns = dsns
        self.folder = folder
        self.size = size
        self.measured: Measured = {}

    def ask(self, database: str, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.dsns[database]) as connection:
            return connection.execute(query.encode()).fetchall()

    def count(self, database: str, what: str) -> Callable[[], int]:
        return lambda: int(str(self.ask(database, f"SELECT count(*) FROM {what}")[0][0]))

    def run(self, job: str, volume: int | Callable[[], int], *arguments: str) -> None:
        """Runs a job; `volume` is how many of its unit, asked behind it where it is no number."""
        environment = os.environ | {
            f"NENKIN_DSN_{name.upper()}": dsn for name, dsn in self.dsns.items()
        }
        argv = [sys.executable, "-m", "nenkin", *job.split(), *arguments]
        before, started = self._cpu_s(), time.monotonic()
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
        wall = time.monotonic() - started
        spent = self._cpu_s() - before
        if done.returncode != 0:
            sys.stderr.write(
                f"{job}: {done.returncode} {(done.stdout + done.stderr)[-600:]}" + "\n"
            )
            return
        many = volume if isinstance(volume, int) else volume()
        before_many, before_spent, before_wall = self.measured.get(job, (0, 0.0, 0.0))
        self.measured[job] = (many + before_many, spent + before_spent, wall + before_wall)
        sys.stderr.write(
            f"{self.size} {job}: {many}, {spent:.2f} s, {wall:.2f} s by the clock" + "\n"
        )

    def _cpu_s(self) -> float:
        time.sleep(_ENDING_S)
        with psycopg.connect(self.dsns["records"]) as connection:
            server = server_cpu_s(connection)
        if server is None:
            raise SystemExit("the server must be on this machine")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return server + used.ru_utime + used.ru_stime


def records(world: World) -> None:
    """Jobs of people's records and numbers."""
    size, folder = world.size, world.folder
    world.run("people make", size, "--count", str(size), "--load")
    world.ask("records", "SELECT 1")
    world.run("adopt", size)
    world.run("match", size)
    periods = folder / "periods.csv"
    insured = world.ask(
        "numbers", f"SELECT number FROM nenkin.numbers ORDER BY number LIMIT {size // 2}"
    )
    with periods.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("number", "category", "acquired", "lost", "cause"))
        rows.writerows((number, "1", "2010-04-01", "2015-03-31", "") for (number,) in insured)
    many = len(insured)
    ends = ("--day", DAY, "--periods", str(periods), "--out", str(folder / "promote.csv"))
    world.run("promote", many, *ends)
    who = ("--who", "calibrate")
    why = (*who, "--why", "measured")
    statements = folder / "statements"
    born = size // 12
    world.run("statements run", born, "--birth-month", "5", "--folder", str(statements), *who)
    key = folder / "key"
    key.write_text("0123456789abcdef" * 4)
    key.chmod(0o600)
    data = folder / "data"
    exported = ("--out", str(data), "--month", MONTH, "--key", str(key))
    world.run("statistics export", size, *exported)
    world.run("statistics run", size, "--data", str(data), "--out", str(folder / "shown"))
    bills = world.count("records", "nenkin.bills")
    world.run("bills run", size // 3, "--month", MONTH, *why)
    world.run("bills open", bills, "--month", MONTH, "--out", str(folder / "open.csv"))
    world.run("closing draft", bills, "--month", MONTH, *why)
    world.run("arrears count", size, "--day", DAY)
    for job, *rest in (
        ("arrears list", "--out", str(folder / "list.csv")),
        ("arrears tally", "--by", "stage"),
        ("arrears labour-out", "--out", str(folder / "labour.csv")),
        (
            "arrears draw",
            "spring",
            "--method",
            "notice",
            "--control",
            "0.1",
            "--out",
            str(folder / "drawn.csv"),
            *why,
        ),
    ):
        world.run(job, size, *rest, "--day", DAY)
    world.run("usage", 100)


def payments(world: World) -> None:
    """Jobs of pensions."""
    size, folder = world.size, world.folder
    why = ("--who", "calibrate", "--why", "measured")
    who = why[:2]
    made = folder / "made"
    world.run(
        "pay make", size, "--pensions", str(size), "--begun", "2025-04", "--folder", str(made), *why
    )
    for kind in ("branches", "awards", "accounts"):
        path = made / f"{kind}.csv"
        rows = len(path.read_text(encoding="utf-8").splitlines()) - 1
        world.run("pay enter", rows, kind, str(path), *why)
    claims = folder / "claims.jsonl"
    many = max(20, size // 20)
    account = {"bank": "0001", "branch": "001", "kind": "1", "account": "0000001", "payee": "ﾈﾝｷﾝ"}
    with claims.open("w", encoding="utf-8") as out:
        for n in range(1, many + 1):
            claim = {
                "receipt": f"R{n}",
                "kind": "old_age",
                "number": f"2101-{n:06d}",
                "code": "1150",
                "birth": "1960-05-01",
                "begun": "2025-05",
                "account": account,
                "credits": [{"kind": "paid", "first": "1980-04", "months": 400}],
            }
            out.write(json.dumps(claim) + "\n")
    result = ("--result", str(folder / "result"))
    world.run("pay award", many, str(claims), *result, "--today", "2026-01-05", *who)
    changes = folder / "changes.jsonl"
    with changes.open("w", encoding="utf-8") as out:
        for n in range(1, many // 2 + 1):
            change = {
                "receipt": f"C{n}",
                "kind": "death",
                "number": f"2101-{n:06d}",
                "code": "1150",
                "day": "2025-12-20",
            }
            out.write(json.dumps(change) + "\n")
    ends = ("--result", str(folder / "changed"), "--today", "2026-01-06", *who)
    world.run("pay change", many // 2, str(changes), *ends)
    world.run("pay refusals", many, "--json")
    care = folder / "care.csv"
    with care.open("w", encoding="utf-8", newline="") as out:
        rows_of = csv.writer(out)
        rows_of.writerow(
            (
                "municipality",
                "request",
                "number",
                "code",
                "year",
                "annual",
                "from_june",
                "from_august",
            )
        )
        rows_of.writerows(
            ("131016", f"Q{n}", f"8998-{n:06d}", "1150", "2026", "72000", "", "")
            for n in range(1, size // 4 + 1)
        )
    world.run("pay care", size // 4, str(care), "--result", str(folder / "care.out"))
    files = folder / "files"
    files.mkdir()
    run = (PAID, "--folder", str(files), "--late", *who)
    world.run("pay run", world.count("payments", "nenkin.payments"), *run)
    world.run("pay ledger", world.count("payments", "nenkin.payments"))
    [(name, count)] = world.ask(
        "payments", "SELECT name, count FROM nenkin.files ORDER BY name LIMIT 1"
    )
    again = folder / "again"
    again.mkdir()
    world.run("pay file", int(str(count)), str(name), "--folder", str(again), *why)
    returns = folder / "returns.csv"
    sent = world.ask(
        "payments",
        f"""SELECT t.paid, e.number, e.code, sum(t.amount) FROM nenkin.transfers t JOIN nenkin.entitlements e USING (pension)
            GROUP BY 1, 2, 3 HAVING sum(t.amount) > 0 ORDER BY 2 LIMIT {size // 10}""",
    )
    with returns.open("w", encoding="utf-8", newline="") as out:
        rows_of = csv.writer(out)
        rows_of.writerow(("paid", "number", "code", "amount", "reason"))
        rows_of.writerows((*row, "closed") for row in sent)
    world.run("pay returns", len(sent), str(returns), *why)
    world.run("recalculate", many, "--day", "2026-01-05", "--sample", str(many))
    # Many and of several kinds, at the end: they have no accounts, and no other job is to see them.
    with open_connection(world.dsns["payments"]) as connection:
        put(connection, _REVISED * size)
    awards = world.count("payments", "nenkin.claims")
    world.run("pay revise", awards, "2026-04", "--today", "2026-01-07", *who)


def calibrate(dsn: str, size: int, parts: Sequence[Callable[[World], None]]) -> Measured:
    """Runs all jobs of parts on databases of their own, which are dropped."""
    with ExitStack() as stack:
        dsns = {name: stack.enter_context(scratch(dsn, name)) for name in DATABASES}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = World(dsns, folder, size)
        for part in parts:
            part(world)
        return world.measured


def main() -> None:
    """Prints each job's volume, seconds, and what the table may say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", default=os.environ.get("NENKIN_DSN_RECORDS", ""))
    parser.add_argument("--sizes", type=int, nargs=2, default=(2000, 20_000))
    parser.add_argument("--only", nargs="+", default=("records", "payments"))
    options = parser.parse_args()
    parts = [part for part in (records, payments) if part.__name__ in options.only]
    small, large = (calibrate(options.dsn, size, parts) for size in options.sizes)
    found = {}
    for job in JOBS:
        if job.name not in small or job.name not in large:
            continue
        few, few_s, _ = small[job.name]
        many, many_s, wall = large[job.name]
        slope = max(many_s - few_s, 0.0) / (many - few) if many > few else 0.0
        fixed = max(few_s - slope * few, 0.0)
        found[job.name] = {
            "volume": many,
            "seconds": round(many_s, 2),
            "clock": round(wall, 2),
            "fixed_s": round(fixed, 2),
            "per_million": round(slope * 1e6 / job.cores, 1),
            "said": job.seconds_per_million,
        }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
