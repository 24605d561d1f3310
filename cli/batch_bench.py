"""`hikae batch bench`: the planner measured on public instances, investment problems and made-up nights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line, print_table
from monitors.planning.bench import (
    Settings,
    bench_instances,
    bench_investment,
    bench_nights,
    by_set,
)
from monitors.planning.budget import compiled_seconds
from monitors.planning.log import Log

__all__ = ["command"]

FORMAT = "hikae.batch-bench/1"


def _numbers(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in text.split(","))
    except ValueError:
        found = ()
    if not found or any(number <= 0 for number in found):
        raise RefusedCall(f"{text!r} are no sizes or seconds; write numbers over 0, as 100,300.")
    return found


@click.command("bench")
@click.argument(
    "folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option(
    "--cpu-seconds",
    default="60",
    show_default=True,
    metavar="S",
    help="Processor seconds of each problem, of all threads; with --nights also several: 10,60.",
)
@click.option("--investment", is_flag=True, help="Least hardware instead of the shortest plan.")
@click.option(
    "--nights", metavar="JOBS", help="Made-up nights of these sizes instead of a folder: 100,300."
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--repeatable", is_flag=True, help="One thread, and work counted instead of time.")
@click.option(
    "--go-on",
    "log_path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep each row in FILE as it comes, and begin behind those that are there.",
)
@verb_options(Production.INDIFFERENT)
def command(
    call: Call,
    *,
    folder: Path | None,
    cpu_seconds: str,
    investment: bool,
    nights: str | None,
    seed: int,
    threads: int,
    repeatable: bool,
    log_path: Path | None,
) -> Exit:
    """Measure the planner on a FOLDER of instances in Patterson's format, with best_known.csv beside them or not."""
    if (folder is None) == (nights is None) or (investment and nights is not None):
        raise RefusedCall("Give either a FOLDER (with or without --investment) or --nights.")
    budgets = _numbers(cpu_seconds)
    if nights is None and len(budgets) > 1:
        raise RefusedCall("Only --nights takes several budgets; give one --cpu-seconds.")
    kind = "nights" if nights is not None else "investment" if investment else "makespan"
    settings = Settings(budgets[0], seed, threads, repeatable)
    head = {"format": FORMAT, "kind": kind, "folder": None if folder is None else folder.name,
            "cpu_seconds": list(budgets), "seed": seed, "threads": threads, "repeatable": repeatable}  # fmt: skip
    log = Log.open(log_path, head)
    with Progress() as progress:
        progress.phase("bench")
        if nights is not None:
            sizes = tuple(int(n) for n in _numbers(nights))
            found = bench_nights(sizes, budgets, settings, log.done)
        else:
            assert folder is not None
            made = bench_investment if investment else bench_instances
            found = made(folder, settings, log.done)
        rows = _gathered(log, found, progress)
    sums = by_set(rows)
    invalid = [row["instance"] for row in rows if not row["is_valid"]]
    if call.as_json:
        print_json(
            {**head, "sets": sums, "instances": rows, "compile_s": round(compiled_seconds(), 2)}
        )
    else:
        _show(kind, rows, sums)
    return Exit.FINDING if invalid else Exit.FINE


def _gathered(
    log: Log, found: Iterator[dict[str, Any]], progress: Progress
) -> list[dict[str, Any]]:
    for row in found:
        log.add(row)
        progress.doing(json.dumps({k: row[k] for k in ("instance", "gap_percent", "cpu_s")}))
    return log.rows


def _show(kind: str, rows: list[dict[str, Any]], sums: list[dict[str, Any]]) -> None:
    if kind == "nights":
        columns = (
            "jobs",
            "end",
            "bound",
            "gap_percent",
            "rule",
            "rule_gap_percent",
            "first_come_gap_percent",
            "cpu_s",
        )
        print_table("Nights", columns, [[row[c] for c in columns] for row in rows])
        return
    columns = ("set", "count", "compared", "mean_gap_percent", "worst_gap_percent", "mean_bound_gap_percent", "proven",
               "invalid", "cpu_s")  # fmt: skip
    print_table(
        "Gaps", columns, [["" if one[c] is None else one[c] for c in columns] for one in sums]
    )
    if kind == "makespan" and any(row["best_known"] is None for row in rows):
        print_table(
            "Without a best known end: the proven bound instead",
            ("instance", "end", "bound"),
            [(r["instance"], r["end"], r["bound"]) for r in rows if r["best_known"] is None],
        )
    if kind == "investment":
        for one in sums:
            print_line(
                f"{one['set']}: {one['mean_saving_percent']} % cheaper than starting as early as possible"
            )
    for row in rows:
        if not row["is_valid"]:
            print_line(f"{row['instance']}: the schedule breaks its project, and is not counted.")
