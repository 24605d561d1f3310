"""What the verbs by which people act on a running night have in common; each act has a person and a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from cli.acting import Acting
from cli.batch_reach import ask_night, batch_hosts
from cli.exits import Exit
from cli.head_keeping import recorded_at
from cli.options import Call
from cli.output import print_json, print_line
from cli.running import Reached, reach

__all__ = ["JOB", "NIGHT", "WHY", "act_on_job", "act_recorded"]

JOB = click.argument("job")
NIGHT = click.option("--night", metavar="NAME", help="Which night (default: the one that runs).")
WHY = click.option("--why", required=True, help="Why; the next shift reads it.")


def act_on_job(call: Call, acting: Acting, act: str, night: str | None, job: str, why: str) -> Exit:
    """Do it, record it, and say for which jobs; RefusedCall where the night refuses."""
    reached = reach(call, acting)
    words = (act, night or "", job, acting.person, acting.change, why)
    verb = f"batch {act.partition('-')[0]}"
    found = act_recorded(call, acting, reached, verb, batch_hosts(reached), words)
    if call.as_json:
        print_json(found)
    else:
        print_line(f"{found['act']} in {found['night']}: {', '.join(found['jobs'])}")
    return Exit.FINE


def act_recorded(
    call: Call,
    acting: Acting,
    reached: Reached,
    verb: str,
    hosts: Sequence[str],
    words: Sequence[str],
) -> dict[str, Any]:
    """Ask the night for it as one recorded act; the twin is not held, for the database keeps acts apart."""
    with (
        recorded_at(reached, acting, verb, call.target, {"words": list(words)}) as recording,
        reached.conductor.at_bastion() as transport,
    ):
        found = ask_night(transport, hosts, *words)
        recording.end(Exit.FINE)
    return found
