"""`hikae net migrate`: the ordered steps from one estate's network to another's, each state judged; then rehearsed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.acting import Acting, rehearsing_options
from cli.exits import Exit, RefusedCall
from cli.net_rehearse import intend, rehearse_here
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line
from inventory import Estate, load_estate
from netconfig.mask import mask_secrets
from netconfig.migration.plan import Plan, Step
from netconfig.migration.planner import make_plan
from netconfig.migration.text import plan_text, step_text

__all__ = ["command"]


@click.command("migrate")
@click.argument(
    "origin", metavar="FROM", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.argument(
    "goal", metavar="[TO]", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False)
)  # fmt: skip
@click.option(
    "--show", "shown", type=click.IntRange(min=1), metavar="STEP", help="One step, line by line."
)
@click.option(
    "--slice",
    "slice_name",
    metavar="SLICE",
    help="The part of both estates that is booted (default: all).",
)
@click.option(
    "--rehearse",
    "is_rehearsed",
    is_flag=True,
    help="Carry the plan out on a twin of its own, under a stream from every office.",
)
@click.option(
    "--until",
    type=click.IntRange(min=1),
    metavar="STEP",
    help="Rehearse no further than this step.",
)
@click.option(
    "--bear",
    "borne_ms",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="MS",
    help="How long a silence may be in the rehearsal that the plan does not foresee.",
)
@verb_options(Production.INDIFFERENT)
@rehearsing_options
def command(
    call: Call,
    origin: Path,
    goal: Path | None,
    *,
    shown: int | None,
    slice_name: str | None,
    is_rehearsed: bool,
    until: int | None,
    borne_ms: int,
    acting: Acting,
) -> int:
    """Plan the steps from the network of FROM to that of TO (default: --estate's), make before break.

    Every state on the way is rendered and judged, undisturbed and under single failures; nothing changes.
    With --rehearse a twin is booted, taken through the steps, measured and cleared.
    """
    old, new = load_estate(origin), call.estate() if goal is None else load_estate(goal)
    within = None if slice_name is None else _booted(old, new, slice_name)
    carry_out = None
    if not is_rehearsed and (until is not None or borne_ms):
        raise RefusedCall("`--until` and `--bear` belong to a rehearsal: add `--rehearse`.")
    if is_rehearsed:
        carry_out = _rehearsal(call, acting, old, new, slice_name, borne_ms, until)
    with Progress() as progress:
        progress.phase("migrate")
        plan = make_plan(old, new, within, progress.doing)
    if carry_out is not None and not plan.refusals:
        return carry_out(plan)
    if shown is not None and shown > len(plan.steps):
        raise RefusedCall(f"The plan has {len(plan.steps)} steps; there is no step {shown}.")
    if call.as_json:
        print_json(_as_json(plan, shown))
    elif shown is not None:
        print_line(step_text(plan.steps[shown - 1]).rstrip())
    else:
        print_line(plan_text(plan).rstrip())
        print_line(
            f"{plan.states} states judged, {plan.failures_tried} failures tried, {plan.seconds} s"
        )
    return Exit.FINE if plan.is_fine else Exit.FINDING


def _rehearsal(
    call: Call,
    acting: Acting,
    old: Estate,
    new: Estate,
    slice_name: str | None,
    borne_ms: int,
    until: int | None,
) -> Callable[[Plan], int]:
    """What carries a plan out; what cannot be rehearsed is refused before it is planned."""
    if call.is_production:
        raise RefusedCall("A rehearsal is held on the twin: leave out `--on production`.")
    if slice_name is None:
        raise RefusedCall("A rehearsal boots a part of both estates: add `--slice core`.")
    intended = intend(old, new, slice_name, borne_ms, until)
    return lambda plan: rehearse_here(call, acting, intended, plan)


def _booted(old: Estate, new: Estate, name: str) -> frozenset[str]:
    return frozenset({*old.slice_hosts(name), *new.slice_hosts(name)})


def _as_json(plan: Plan, shown: int | None) -> dict[str, Any]:
    return {
        "from": plan.source,
        "to": plan.target,
        "possible": not plan.refusals,
        "silences": plan.silences,
        "steps": [_step(step, step.number == shown) for step in plan.steps],
        "refusals": plan.refusals,
        "reordered": plan.reordered,
        "known": plan.known,
        "states": plan.states,
        "failures_tried": plan.failures_tried,
        "seconds": plan.seconds,
    }


def _step(step: Step, is_whole: bool) -> dict[str, Any]:
    return {
        "number": step.number,
        "change": step.move,
        "kind": step.kind,
        "title": step.title,
        "wave": step.wave[0],
        "waves": step.wave[1],
        "network": step.colour or None,
        "sites": step.sites,
        "devices": [
            {
                "device": one.device,
                "ours": one.is_ours,
                "add": len(one.add),
                "remove": len(one.remove),
                **(
                    {
                        "lines": {"add": _masked(one.add), "remove": _masked(one.remove)},
                        "typed": _masked(one.commands),
                        "way_back": _masked(one.way_back),
                    }
                    if is_whole
                    else {}
                ),
            }
            for one in step.devices
        ],
        "requires": step.requires,
        "silences": step.silences,
    }


def _masked(lines: tuple[str, ...]) -> list[str]:
    return [mask_secrets(line) for line in lines]
