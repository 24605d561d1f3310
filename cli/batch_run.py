"""`hikae batch run`: give a planned night to the batch hosts, and say how it goes until it has ended."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import yaml

from cli.acting import Acting, acting_options
from cli.batch_reach import ask_night, batch_hosts
from cli.exits import Exit, RefusedCall
from cli.head_keeping import recorded_at
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line
from cli.running import Reached, reach
from monitors.dispatch.from_plan import orders_of
from monitors.dispatch.orders import Orders, text_of
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.plan_file import plan_path, read_plan

__all__ = ["command"]

_TICK_S = 2.0
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("run")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Operating day (default: the one whose night it is).",
)
@click.option("--plan", "plan_file", type=_FILE, help="Plan (default: the stored one of the day).")
@click.option("--commands", "commands_file", type=_FILE, help="Jobs' programs: name → words.")
@click.option("--name", default="", metavar="NAME", help="Name of the night (default: the day).")
@click.option(
    "--minute",
    "minute_s",
    type=click.FloatRange(0.001, 60.0),
    metavar="SECONDS",
    help="Rehearse: a minute lasts so long, and the night begins now.",
)
@click.option("--wait", is_flag=True, help="Stay until it has ended, or needs people.")
@verb_options(Production.CONFIRMED)
@acting_options
def command(
    call: Call,
    *,
    day: datetime | None,
    plan_file: Path | None,
    commands_file: Path | None,
    name: str,
    minute_s: float | None,
    wait: bool,
    acting: Acting,
) -> Exit:
    """Begin the night of a day as it is planned, or go on with it: what has begun is not begun twice.

    Jobs without a program of their own are stood in for.
    """
    if minute_s is not None and call.is_production:
        raise RefusedCall("--minute is for rehearsals; production's night has minutes of 60 s.")
    commands = _commands(commands_file)
    night, plan = _planned(call, day, plan_file)
    orders, origin = _orders(call, night, plan, commands, name, minute_s)
    reached = reach(call, acting)
    words = ("begin", origin.isoformat(), str(minute_s or 60.0))
    hosts = batch_hosts(reached)
    with (
        recorded_at(
            reached, acting, "batch run", call.target, {"night": orders.night}
        ) as recording,
        reached.conductor.at_bastion() as transport,
    ):
        began = ask_night(transport, hosts, *words, stdin=text_of(orders))
        recording.show(text_of(orders), {"jobs": len(orders.jobs)})
        recording.end(Exit.FINE)
    state = _watched(reached, hosts, orders.night, is_waiting=wait, quiet=call.as_json)
    learned = ""
    if state["ended"] and minute_s is None:
        # A rehearsal's minutes are no minutes: nothing is learned from it.
        learned = _learned(call, reached, hosts, night, plan, orders.night)
    return _show(call, began, state, learned)


def _learned(
    call: Call, reached: Reached, hosts: Sequence[str], night: Night, plan: Plan, name: str
) -> str:
    """Keep the night for the next ones, and say so; what cannot be kept does not make the night a failure."""
    # What simulates is slow to load, and only a night that has ended needs it.
    from cli.batch_learn import keep_night
    from monitors.forecast.events import event_of
    from monitors.forecast.recorded import Recorded

    with reached.conductor.at_bastion() as transport:
        told = ask_night(transport, hosts, "events", name)["events"]
    try:
        events = [event_of(one, f"event {k} of night {name}") for k, one in enumerate(told, 1)]
        starts = {job.name: float(job.start) for job in plan.jobs}
        minutes = {job.name: float(job.end - job.start) for job in plan.jobs}
        recorded = Recorded(night, starts, minutes, tuple(events), {})
        kept, count = keep_night(call.estate(), recorded)
    except (RefusedCall, ValueError) as refusal:
        return f"Nothing is learned from this night: {refusal}"
    return (
        f"Learned from the night of {kept.day}: {len(kept.minutes)} jobs; {count} nights are kept"
    )


def _planned(call: Call, day: datetime | None, plan_file: Path | None) -> tuple[Night, Plan]:
    from monitors.night.hours import operating_day
    from monitors.night.resolve import resolve
    from twin.places import Places

    estate = call.estate()
    chosen = day.date() if day else operating_day(estate.batch, estate.calendar, datetime.now(UTC))
    plan = read_plan(plan_file or plan_path(Places.default().home / "plans", chosen))
    if plan.day != chosen:
        raise RefusedCall(f"The plan is of {plan.day}, not of {chosen}: name its day by --day.")
    return resolve(estate, chosen, without=plan.without), plan


def _orders(
    call: Call,
    night: Night,
    plan: Plan,
    commands: Mapping[str, Sequence[str]],
    name: str,
    minute_s: float | None,
) -> tuple[Orders, datetime]:
    """The orders, and the instant of minute 0: 00:00 of the day, or so that a rehearsal begins now."""
    orders = orders_of(night, plan, commands, minute_s or 60.0, name)
    if minute_s is None:
        zone = ZoneInfo(call.estate().calendar.timezone)
        return orders, datetime.combine(night.day, datetime.min.time(), zone)
    begins = min(job.start for job in plan.jobs)
    return orders, datetime.now(UTC) - timedelta(seconds=begins * minute_s)


def _commands(path: Path | None) -> Mapping[str, Sequence[str]]:
    if path is None:
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RefusedCall(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict) or not all(
        isinstance(words, list) and words and all(isinstance(word, str) for word in words)
        for words in found.values()
    ):
        raise RefusedCall(
            f"{path} has no programs: write `job: [/path/program, word, …]` for each job, words in quotes where needed."
        )
    return found


def _watched(
    reached: Reached, hosts: Sequence[str], night: str, *, is_waiting: bool, quiet: bool
) -> dict[str, Any]:
    with nullcontext() if quiet else Progress() as progress:
        while True:
            with reached.conductor.at_bastion() as transport:
                state = ask_night(transport, hosts, "state", night)
            counts = state["counts"]
            if progress is not None:
                progress.doing(", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
            if not is_waiting or state["ended"] or _needs_people(state):
                return state
            time.sleep(_TICK_S)


def _needs_people(state: Mapping[str, Any]) -> bool:
    """Nothing is at work, and something has failed or can never start: whether to rerun or to skip, a person says."""
    counts = state["counts"]
    is_waited_for = counts.get("failed") or state["stuck"]
    return bool(is_waited_for) and not counts.get("running") and not counts.get("sent")


def _show(call: Call, began: Mapping[str, Any], state: Mapping[str, Any], learned: str) -> Exit:
    failed = [job["name"] for job in state["jobs"] if job["state"] == "failed"]
    if call.as_json:
        print_json({**state, "begun_now": began["changed"], "learned": learned})
    else:
        words = "has begun" if began["changed"] else "goes on"
        counts = ", ".join(f"{n} {word}" for word, n in sorted(state["counts"].items()))
        print_line(f"Night {state['night']} {'has ended' if state['ended'] else words}: {counts}")
        if learned:
            print_line(learned)
        for name in failed:
            print_line(
                f"{name} has failed: `hikae batch rerun {name}` or `hikae batch skip {name}`"
            )
        for name, why in state["stuck"].items():
            print_line(f"{name} can never start: it {why}")
    return Exit.FINDING if failed or state["stuck"] else Exit.FINE
