"""`hikae drill status|undo`: what a killed command left in force, and its undoing."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.interruption import By, killed_runs, settle_killed, standing_of
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line
from cli.running import places_of
from proof import Broken
from twin.lock import hold

__all__ = ["status", "undo"]


@click.command()
@verb_options(Production.CONFIRMED)
def status(call: Call) -> int:
    """Say where each killed run stands and what of it is in force; changes nothing. 1 where there is one."""
    found = killed_runs(places_of(call), call.target, call.estate().name)
    if call.as_json:
        print_json({"killed": [_row(broken) for broken in found]})
    else:
        for broken in found:
            print_line(standing_of(broken))
        if found:
            print_line(
                "`hikae drill undo` undoes or finishes it; so does any other command that acts."
            )
        else:
            print_line("Nothing was killed under way.")
    return Exit.FINDING if found else Exit.FINE


@click.command()
@verb_options(Production.CONFIRMED)
@acting_options
def undo(call: Call, *, acting: Acting) -> int:
    """Undo or finish what killed runs left, prove that the estate stands, and judge what clients were told."""
    places = places_of(call)
    with hold(places, "hikae drill undo"):
        by = By(call.estate(), acting, "drill undo", call.target, places, {})
        settled = settle_killed(by)
    if call.as_json:
        rows = [
            {
                **_row(one.broken),
                "undone": one.settlement.undone,
                "sentences": one.settlement.sentences,
                "bad": one.settlement.is_bad,
            }
            for one in settled
        ]
        print_json({"settled": rows})
    elif not settled:
        print_line("Nothing was killed under way.")
    return Exit.FINDING if any(one.settlement.is_bad for one in settled) else Exit.FINE


def _row(broken: Broken) -> dict[str, object]:
    heading, at = broken.heading, broken.under_way
    return {
        "verb": heading.verb,
        "words": heading.words,
        "estate": heading.estate,
        "on": heading.on,
        "person": heading.person,
        "change": heading.change,
        "started": heading.started,
        "until": broken.until,
        "under_way": None if at is None else at.name,
        "in_force": [step.name for step in broken.in_force],
    }
