"""Made-up nights for the tests, and what must be the same after each of them, whatever was killed meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from monitors.dispatch.orders import Order, Orders
from tests.monitors.dispatch.batch_program import result

PROGRAM = Path(__file__).with_name("batch_program.py")
ROWS = 5


def a_job(name: str, *after: str, kind: str = "file", seconds: float = 0.1, **more: Any) -> Order:
    argv = ("{python}", "-I", str(PROGRAM), kind, name, str(ROWS), str(seconds))
    return Order(name=name, argv=argv, after=after, demands={"slots": 1}, memory_mb=512, **more)


def a_night(name: str, *jobs: Order, slots: int = 3) -> Orders:
    return Orders(name, date(2026, 11, 30), jobs, {"slots": ((0, slots),)})


KINDS = ("file", "rows", "file", "file", "rows", "loses")


def a_net(name: str, jobs: int, seconds: float = 0.1, kinds: tuple[str, ...] = KINDS) -> Orders:
    """A night in which every job waits for one or two before it; files and rows by turns, some that fail once."""
    made: list[Order] = []
    files: list[str] = []
    for number in range(jobs):
        kind = kinds[number % len(kinds)]
        after = {files[-1], files[number % len(files)]} if number > 2 and files else set()
        exclusive = ("book",) if number % 5 == 1 else ()
        made.append(
            a_job(
                f"job{number:03}",
                *sorted(after),
                kind=kind,
                seconds=seconds,
                start=number,
                exclusive=exclusive,
            )
        )
        if not kind.startswith("rows"):
            files.append(made[-1].name)
    return a_night(name, *made)


def expected(orders: Orders) -> dict[str, Any]:
    """What `outcome` finds after a night in which nothing happens, worked out here."""
    made: dict[str, list[int]] = {}
    found = {}
    for order in orders.jobs:
        kind, job, count = order.argv[3], order.name, int(order.argv[5])
        inputs = [value for other in order.after for value in made[other]]
        values = result(job, count, inputs)
        said = {"count": len(values), "sum": sum(values)}
        if kind.startswith("rows"):
            found[job] = {"said": said, "files": {}, "rows": sorted(values)}
        else:
            made[job] = values
            text = "".join(f"{value}\n" for value in values)
            sums = {"rows.txt": hashlib.sha256(text.encode()).hexdigest()}
            found[job] = {"said": said, "files": sums, "rows": []}
    return found


def outcome(state: Mapping[str, Any], dsn: str) -> dict[str, Any]:
    """What a night has brought about: by job its manifest, the sums of its files as they lie there, its rows.

    Raises AssertionError where a job has not exactly one effect, or where any published folder is not whole.
    """
    done: dict[str, Any] = {}
    for run in state["runs"]:
        if run["state"] == "done":
            assert run["job"] not in done, f"{run['job']} has ended twice"
            done[run["job"]] = run
    assert set(done) == {job["name"] for job in state["jobs"]}
    found = {}
    rows: dict[str, list[int]] = {name: [] for name in done}
    with psycopg.connect(dsn) as connection:
        for job, value in connection.execute("SELECT job, value FROM effects").fetchall():
            rows[job].append(value)
    for name, run in done.items():
        manifest = run["manifest"]
        files = {}
        if place := manifest.get("outputs"):
            files = _sums(Path(place))
            assert files == {k: v["sha256"] for k, v in manifest["files"].items()}, name
            for other in Path(place).parent.iterdir():
                if not other.name.startswith("."):
                    assert _sums(other) == files, f"{other} is half-written"
        found[name] = {"said": manifest["said"], "files": files, "rows": sorted(rows[name])}
        # Exactly the rows that its manifest says: an effect that came twice or by half would show.
        if found[name]["rows"]:
            assert len(found[name]["rows"]) == manifest["said"]["count"], name
            assert sum(found[name]["rows"]) == manifest["said"]["sum"], name
    return found


def _sums(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
    }
