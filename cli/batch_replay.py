"""`hikae batch replay`: a recorded or made-up night on a simulated clock."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click
import numpy as np

from cli.batch_night import clock, history_option, percent, print_finite_json, watched_of
from cli.batch_watch import show_options
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_line, print_table
from monitors.forecast.faults import fault_of, with_faults
from monitors.forecast.history import read_history
from monitors.forecast.made_up import made_up
from monitors.forecast.recorded import Recorded, read_recorded
from monitors.forecast.replaying import Replay, events_of_run, replay
from monitors.forecast.watching import Watched

__all__ = ["command"]


@click.command("replay")
@click.argument(
    "path", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="[FILE]", required=False
)  # fmt: skip
@click.option(
    "--case", "case", metavar="NAME", help="A night that is shipped, such as mizuho-2011."
)
@click.option("--made-up", "seed", type=int, metavar="SEED", help="A night made up by this seed.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="For a made-up night: tempo=1.3, slow=JOB:4, fail=JOB; may be repeated.",
)
@history_option
@verb_options(Production.INDIFFERENT)
def command(
    call: Call,
    *,
    path: Path | None,
    case: str | None,
    seed: int | None,
    faults: tuple[str, ...],
    history: Path | None,
) -> Exit:
    """Say when the alarm would have come in a night, and which decision would have saved the morning."""
    if sum(given is not None for given in (path, case, seed)) != 1:
        raise RefusedCall("Name one night: a FILE, --case NAME or --made-up SEED.")
    if faults and seed is None:
        raise RefusedCall("--fault needs --made-up: a recorded night has the faults that it had.")
    about: dict[str, object] = {}
    if seed is not None:
        watched = _made_up(seed, faults)
    else:
        recorded = read_recorded(path) if path else _case(str(case))
        watched, about = (
            watched_of(recorded, read_history(history) if history else ()),
            dict(recorded.about),
        )
    with Progress() as progress:
        progress.phase("replay")
        found = replay(watched)
    if call.as_json:
        print_finite_json(
            {"about": about, **{name: getattr(found, name) for name in Replay.__slots__}}
        )
    else:
        _show(found, about)
    return Exit.FINE


def _case(name: str) -> Recorded:
    folder = Path(str(files("monitors.forecast"))) / "cases"
    cases = sorted(file.stem for file in folder.glob("*.json"))
    if name not in cases:
        raise RefusedCall(f"No case is called {name!r}; take one of {', '.join(cases)}.")
    return read_recorded(folder / f"{name}.json")


def _made_up(seed: int, faults: tuple[str, ...]) -> Watched:
    made = made_up(seed)
    true = made.drawn(0, np.random.default_rng(seed))
    told = [fault_of(text) for text in faults]
    first, rerun = with_faults(made.network, true.first, true.rerun, told)
    events = events_of_run(made.network, true.night, first, rerun)
    return Watched(true.night, made.network, made.truth(true.night), events)


def _show(found: Replay, about: dict[str, object]) -> None:
    if about.get("title"):
        print_line(str(about["title"]))
    finish = "not known" if found.finish is None else clock(found.finish)
    print_line(f"Night of {found.day}: opening {clock(found.opening)}, finish {finish}")
    print_table(
        "As it would have been seen",
        ("at", "finish", "95 %", "into the day", ""),
        [
            (clock(m.minute), clock(m.median), clock(m.p95), percent(m.p_overrun), "ALARM" if m.is_alarm else "")
            for m in found.moments
        ],
    )  # fmt: skip
    if found.alarm_at is None:
        print_line("No alarm.")
        return
    print_line(
        f"Alarm at {clock(found.alarm_at)}, {found.warning_min:.0f} minutes before the opening."
    )
    show_options(found.options)
    if found.saving is None:
        print_line("No decision saves the morning.")
    else:
        saving = found.saving
        print_line(
            f"Saves the morning: {saving.text}; risk then {percent(saving.p_overrun)}, until {clock(saving.latest)}."
        )
